import type { CallBook, CallNews } from '../../src/daemon/core/calls/call-book.ts';
import { parseActiveCalls, parseParticipant } from '../../src/daemon/sources/threecx/messages.ts';
import { type LegPast, legFactOf, listedCallOf } from '../../src/daemon/sources/threecx/normalise.ts';
import { buildDirectory } from '../../src/simulator/exchange/directory.ts';
import type { Story } from '../../src/simulator/stories/story.ts';
import { STORY_START_MS, tell } from '../../src/simulator/stories/telling.ts';

const directory = buildDirectory({ extensions: 10, queues: 2, routePoint: 'relay' });
const KINDS = {
  extension: 'extension',
  queue: 'queue',
  ringGroup: 'group',
  ivr: 'menu',
  script: 'routepoint',
  voicemail: 'voicemail',
  routePoint: 'routepoint',
  trunk: 'trunk',
} as const;
const POLL_MS = 5000;

function lookup(number: string) {
  const dn = directory.find(number);
  return dn && { kind: KINDS[dn.kind], name: dn.name };
}

interface Happening {
  at: number;
  run: (book: CallBook) => CallNews[];
}

interface Retelling {
  /** With the list of active calls besides. */
  isListed: boolean;
  startsAt?: number;
}

/** What a call book learns of a story, in order. */
function happenings(story: Story, { isListed, startsAt = STORY_START_MS }: Retelling): Happening[] {
  const telling = tell(story);
  const past = new Map<string, LegPast>();
  const frames = telling.frames
    .filter(frame => frame.eventType <= 1)
    .map(({ at: seconds, id, participant }): Happening => {
      const at = startsAt + Math.round(seconds * 1000);
      const legId = String(id);
      return {
        at,
        run: book => {
          if (participant === null) return book.learn({ source: '3cx', at, kind: 'legGone', legId });
          const { leg } = legFactOf(parseParticipant(participant), { lookup, past: past.get(legId) });
          past.set(legId, { role: leg.role, state: leg.state });
          return book.learn({ source: '3cx', at, ...leg });
        },
      };
    });
  if (!isListed) return frames;
  const last = startsAt + (story.steps.at(-1)?.at ?? 0) * 1000 + 2 * POLL_MS;
  const polls: Happening[] = [];
  for (let at = startsAt + 100; at < last && polls.length < 100; at += POLL_MS) {
    const moment = telling.activeCalls.findLast(one => startsAt + one.at * 1000 <= at);
    const calls = parseActiveCalls(moment?.calls ?? []).map(
      row => listedCallOf(row, { lookup, now: at }).call,
    );
    polls.push({ at, run: book => book.learn({ source: '3cx', at, kind: 'allCalls', calls }) });
  }
  return [...frames, ...polls].toSorted((a, b) => a.at - b.at);
}

/** Plays a story to a book until all its calls are over, and hands on what that makes of it. */
export function retell(
  book: CallBook,
  story: Story,
  { note, ...retelling }: Retelling & { note: (at: number, news: CallNews[]) => void },
): void {
  for (const { at, run } of happenings(story, retelling)) {
    for (let due = book.nextTick(); due !== null && due < at; due = book.nextTick())
      note(due, book.tick(due));
    note(at, run(book));
  }
  for (let due = book.nextTick(); due !== null; due = book.nextTick()) note(due, book.tick(due));
}
