import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryRecord } from '../../src/daemon/core/ports.ts';
import { callRecord } from '../../src/daemon/sources/threecx/history/records/call-summary.ts';
import type { Leg } from '../../src/daemon/sources/threecx/history/records/leg.ts';
import { Clock } from '../../src/simulator/clock.ts';
import { perform } from '../../src/simulator/exchange/actions/perform.ts';
import type { CallRecord } from '../../src/simulator/exchange/call-record.ts';
import type { Directory } from '../../src/simulator/exchange/directory.ts';
import { Switchboard } from '../../src/simulator/exchange/switchboard.ts';
import { findStory } from '../../src/simulator/stories/index.ts';
import { StoryPlayer } from '../../src/simulator/stories/player.ts';
import type { Story } from '../../src/simulator/stories/story.ts';
import { type HistoryRig, type Opened, openDatabase, startHistoryRig, untilUp } from './history-rig.ts';

const BEGIN = Date.UTC(2026, 0, 5, 9);
const HOUR_MS = 3_600_000;

interface Told {
  story: string;
  direction: HistoryRecord['direction'];
  from: string;
  to: string;
  queue?: string;
  talkSeconds: number;
  durationSeconds: number;
  legs: number;
  endReason?: string;
}

// Who had the call last, what a call was, and how long people talked, in the words of stories/expected.
// biome-ignore format: a table
const TOLD: Told[] = [
  { story: 'direct-answered', direction: 'inbound', from: '+442079460101', to: '101', talkSeconds: 64, durationSeconds: 73.5, legs: 2 },
  { story: 'blind-transfer', direction: 'inbound', from: '+442079460101', to: '102', talkSeconds: 80, durationSeconds: 90, legs: 3 },
  { story: 'attended-transfer', direction: 'inbound', from: '+442079460101', to: '103', talkSeconds: 175, durationSeconds: 180, legs: 4 },
  { story: 'script-queue-transfer', direction: 'inbound', from: '+442079460101', to: '103', queue: '900', talkSeconds: 101, durationSeconds: 120, legs: 6 },
  { story: 'queue-overflow', direction: 'inbound', from: '+441632960044', to: '102', queue: '800', talkSeconds: 58, durationSeconds: 95, legs: 8 },
  { story: 'queue-abandoned', direction: 'inbound', from: '+12025550147', to: '900', queue: '900', talkSeconds: 0, durationSeconds: 19, legs: 4, endReason: 'src_participant_terminated' },
  { story: 'busy-to-voicemail', direction: 'inbound', from: '+441632960017', to: '999', talkSeconds: 0, durationSeconds: 32, legs: 3 },
  { story: 'pickup', direction: 'inbound', from: '+441632960080', to: '104', talkSeconds: 42, durationSeconds: 50, legs: 3 },
  { story: 'outbound', direction: 'outbound', from: '102', to: '10001', talkSeconds: 64, durationSeconds: 75, legs: 1 },
  { story: 'outbound-transferred', direction: 'outbound', from: '102', to: '10001', talkSeconds: 55, durationSeconds: 66, legs: 2 },
  { story: 'internal-unanswered', direction: 'internal', from: '101', to: '102', talkSeconds: 0, durationSeconds: 8, legs: 1 },
];

describe('a call as history tells it', () => {
  let rig: HistoryRig;
  let opened: Opened;
  beforeAll(async () => {
    rig = await startHistoryRig();
    opened = await untilUp(openDatabase(rig));
  });
  afterAll(async () => {
    await opened.close();
    await rig.stop();
  });

  it.each(TOLD)('$story', async told => {
    const story = findStory(told.story);
    if (!story) throw new Error('no such story');
    const begin = BEGIN + TOLD.indexOf(told) * HOUR_MS;
    const rows = recordsOf(story, rig.simulator.pbx.directory, begin);
    await rig.asPbx(client =>
      client.query('INSERT INTO cdroutput SELECT * FROM json_populate_recordset(NULL::cdroutput, $1)', [
        JSON.stringify(rows),
      ]),
    );
    const { records } = await opened.history.page({
      start: begin,
      end: begin + 86_400_000,
      group: 'calls',
      limit: 5,
    });
    expect(records).toHaveLength(1);
    const [call] = records;
    const one = await opened.history.one(call?.id ?? '');
    expect({ ...one, legs: undefined }).toEqual({ ...call, legs: undefined });
    expect({
      number: call?.from.number,
      dn: call?.to.dn,
      queue: call?.queue,
      direction: call?.direction,
    }).toEqual({
      number: told.from,
      dn: told.to,
      queue: told.queue ?? null,
      direction: told.direction,
    });
    expect(call?.answered).toBe(told.talkSeconds > 0);
    expect(call?.endedAt).not.toBeNull();
    expect({ talk: call?.talkSeconds, whole: call?.durationSeconds }).toEqual({
      talk: told.talkSeconds,
      whole: told.durationSeconds,
    });
    expect(one?.legs).toHaveLength(told.legs);
    if (told.endReason) expect(call?.endReason).toBe(told.endReason);
    if (told.direction === 'inbound') expect(call?.did).toMatch(/^\+44207946/);
  });
});

describe('a call whose rows are not all there', () => {
  const end = { number: '101', name: '', dn: '101', isOutside: false };
  const leg = (id: string, changes: Partial<Leg>): Leg => ({
    id,
    callId: 'c',
    startedKey: '2026-01-01 10:00:00+00',
    startedAt: '2026-01-01T10:00:00.000Z',
    answeredAt: null,
    endedAt: '2026-01-01T10:00:10.000Z',
    direction: 'inbound',
    source: { number: '+442079460101', name: '', dn: '10001', isOutside: true },
    destination: end,
    did: null,
    queue: null,
    continuedIn: null,
    endReason: 'continued_in',
    ...changes,
  });

  it('goes on still when it leads to a leg that has not landed', () => {
    const call = callRecord([leg('a', { continuedIn: 'b' })]);
    expect(call).toMatchObject({ endedAt: null, durationSeconds: 10, answered: false });
  });

  it('is open while one of its legs is', () => {
    expect(
      callRecord([leg('a', {}), leg('b', { endedAt: null, answeredAt: '2026-01-01T10:00:05.000Z' })]),
    ).toMatchObject({
      endedAt: null,
      answered: true,
      talkSeconds: 0,
    });
  });

  it('is told by who answered, where the way there is lost', () => {
    const answered = leg('z', { answeredAt: '2026-01-01T10:00:05.000Z', destination: { ...end, dn: '105' } });
    expect(callRecord([leg('a', { continuedIn: 'lost' }), answered])).toMatchObject({
      to: { dn: '105' },
      talkSeconds: 5,
    });
  });

  it('does not run in circles', () => {
    const circle = [leg('a', { continuedIn: 'b' }), leg('b', { continuedIn: 'a' })];
    expect(callRecord(circle)).toMatchObject({ id: 'c', endedAt: '2026-01-01T10:00:10.000Z' });
  });
});

/** The rows that the PBX would have written, on a clock of their own. */
function recordsOf(story: Story, directory: Directory, startsAt: number): CallRecord[] {
  const clock = new Clock({ startsAt });
  const switchboard = new Switchboard(directory, () => clock.now());
  const records: CallRecord[] = [];
  switchboard.onOccurrence(occurrence => {
    if (occurrence.kind === 'recordClosed') records.push(occurrence.record);
  });
  clock.advanceTo(startsAt);
  void new StoryPlayer({ clock, switchboard, perform: action => perform(switchboard, action) }).play(
    story,
    story.name,
  );
  clock.advanceTo(startsAt + HOUR_MS);
  return records;
}
