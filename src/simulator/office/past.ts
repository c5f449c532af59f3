import { Clock } from '../clock.ts';
import { perform } from '../exchange/actions/perform.ts';
import type { LoggedRecord } from '../exchange/call-log.ts';
import type { Directory } from '../exchange/directory.ts';
import { Switchboard } from '../exchange/switchboard.ts';
import { StoryPlayer } from '../stories/player.ts';
import { office } from './office.ts';

export interface PastOptions {
  directory: Directory;
  seed: number;
  days: number;
  callsPerDay: number;
  /** The moment up to which the past reaches. */
  until: number;
}

const MS_PER_HOUR = 3_600_000;
const HOURS_PER_DAY = 24;
const MINUTES_PER_HOUR = 60;
const SECONDS_PER_HOUR = 3600;
/** Share of a working day's calls that come in each hour, UTC. */
const HOUR_WEIGHTS = [0, 0, 0, 0, 0, 0, 1, 3, 8, 13, 14, 12, 8, 11, 12, 10, 5, 2, 1, 0, 0, 0, 0, 0];
const WEEKEND_SHARE = 0.08;
const WEIGHT_SUM = HOUR_WEIGHTS.reduce((sum, weight) => sum + weight, 0);

/**
 * Past calls, hour by hour, played by the same office on the same exchange but on a clock that runs as fast as it
 * can. Calls that would still go on at the end are left out: they belong to nobody's history yet.
 */
export function* pastCalls({
  directory,
  seed,
  days,
  callsPerDay,
  until,
}: PastOptions): Generator<LoggedRecord[]> {
  const startsAt = until - days * HOURS_PER_DAY * MS_PER_HOUR;
  const clock = new Clock({ startsAt });
  const switchboard = new Switchboard(directory, () => clock.now());
  const player = new StoryPlayer({ clock, switchboard, perform: action => perform(switchboard, action) });
  let closed: LoggedRecord[] = [];
  switchboard.onOccurrence(occurrence => {
    if (occurrence.kind !== 'recordClosed') return;
    closed.push({ record: occurrence.record, callId: occurrence.callId });
  });
  const day = office({
    directory,
    seed,
    callsPerMinute: at => callsPerMinute(startsAt + at * 1000, callsPerDay),
  });
  let next = day.next().value;
  for (let hour = 1; hour <= days * HOURS_PER_DAY; hour++) {
    for (; next.at < hour * SECONDS_PER_HOUR; next = day.next().value) {
      if (next.kind !== 'call') continue;
      const { story } = next;
      clock.advanceTo(startsAt + next.at * 1000);
      void player.play(story, `${story.name}/`);
    }
    clock.advanceTo(startsAt + hour * MS_PER_HOUR);
    if (closed.length > 0) yield closed;
    closed = [];
  }
}

function callsPerMinute(time: number, callsPerDay: number): number {
  const date = new Date(time);
  const isWeekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  const hourShare = (HOUR_WEIGHTS[date.getUTCHours()] ?? 0) / WEIGHT_SUM;
  return (callsPerDay * hourShare * (isWeekend ? WEEKEND_SHARE : 1)) / MINUTES_PER_HOUR;
}
