import { EVENT_TYPE } from '../callcontrol/frame.ts';
import { type Participant, participantOf } from '../callcontrol/participant.ts';
import { isTold, monitoredDns } from '../callcontrol/visibility.ts';
import { Clock } from '../clock.ts';
import { perform } from '../exchange/actions/perform.ts';
import type { CallRecord } from '../exchange/call-record.ts';
import { buildDirectory } from '../exchange/directory.ts';
import { Switchboard } from '../exchange/switchboard.ts';
import { KnobBoard } from '../knobs.ts';
import { activeCall } from '../xapi/active-call.ts';
import type { RowOf } from '../xapi/entities.ts';
import type { Story } from './story.ts';

/** Everything a client could see of a story, with seconds since its beginning. */
export interface Telling {
  frames: ToldFrame[];
  /** Who was on a monitored phone, at each moment something changed. */
  participants: { at: number; participants: Participant[] }[];
  activeCalls: { at: number; calls: RowOf<'ActiveCall'>[] }[];
  records: { at: number; callId: number; record: CallRecord }[];
  /** Steps that found nothing to act on; a story that has any is wrong. */
  idleSteps: number[];
}

export interface ToldFrame {
  at: number;
  eventType: number;
  dn: string;
  id: number;
  /** What a GET gives right after the frame; null when that is 404. */
  participant: Participant | null;
  digits?: string;
}

/** 2025-10-14 09:30 UTC: an ordinary Tuesday, the same one in every telling. */
export const STORY_START_MS = Date.UTC(2025, 9, 14, 9, 30);
const MS_PER_SECOND = 1000;

/** Plays a story in no time on a clock of its own and writes down what there was to see. */
export function tell(story: Story): Telling {
  const clock = new Clock({ startsAt: STORY_START_MS });
  const directory = buildDirectory({ extensions: 10, queues: 2, routePoint: 'relay' });
  const switchboard = new Switchboard(directory, () => clock.now());
  const knobs = new KnobBoard().current;
  const visible = monitoredDns(directory, knobs);
  const telling: Telling = { frames: [], participants: [], activeCalls: [], records: [], idleSteps: [] };
  const elapsed = (): number => (clock.now() - STORY_START_MS) / MS_PER_SECOND;

  switchboard.onOccurrence(occurrence => {
    if (occurrence.kind === 'restarted') return;
    if (occurrence.kind === 'recordClosed') {
      telling.records.push({ at: elapsed(), callId: occurrence.callId, record: occurrence.record });
      return;
    }
    const { leg } = occurrence;
    if (!isTold(occurrence, visible)) return;
    const isGone = occurrence.kind === 'legGone';
    telling.frames.push({
      at: elapsed(),
      eventType: eventTypeOf(occurrence.kind),
      dn: leg.own.dn,
      id: leg.id,
      participant: isGone ? null : participantOf(leg, directory, knobs),
      ...(occurrence.kind === 'digitsPressed' && { digits: occurrence.digits }),
    });
  });

  for (const [index, { at, ...action }] of story.steps.entries()) {
    clock.advanceTo(STORY_START_MS + at * MS_PER_SECOND);
    if (!perform(switchboard, action)) telling.idleSteps.push(index);
    const legs = [...switchboard.calls.values()].flatMap(call => call.legs);
    const shown = legs.filter(leg => visible.has(leg.own.dn));
    const participants = shown.map(leg => participantOf(leg, directory, knobs));
    telling.participants.push({ at: elapsed(), participants });
    const calls = [...switchboard.calls.values()].map(call => activeCall(call, clock.now()));
    telling.activeCalls.push({ at: elapsed(), calls });
  }
  return telling;
}

function eventTypeOf(kind: 'legChanged' | 'legGone' | 'digitsPressed'): number {
  if (kind === 'legGone') return EVENT_TYPE.remove;
  return kind === 'digitsPressed' ? EVENT_TYPE.dtmf : EVENT_TYPE.upsert;
}
