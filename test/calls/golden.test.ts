import { describe, expect, it } from 'vitest';
import { CallBook, type CallNews } from '../../src/daemon/core/calls/call-book.ts';
import { parseActiveCalls, parseParticipant } from '../../src/daemon/sources/threecx/messages.ts';
import { type LegPast, legFactOf, listedCallOf } from '../../src/daemon/sources/threecx/normalise.ts';
import { buildDirectory } from '../../src/simulator/exchange/directory.ts';
import { STORIES } from '../../src/simulator/stories/index.ts';
import type { Story } from '../../src/simulator/stories/story.ts';
import { STORY_START_MS, tell } from '../../src/simulator/stories/telling.ts';

// What the relay makes of each story of the simulator, as a page that a person can read: every `call` entry in order,
// and each call as it was at its end. Once with live frames alone, once with the list of active calls besides.
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

function happenings(story: Story, isListed: boolean): Happening[] {
  const telling = tell(story);
  const past = new Map<string, LegPast>();
  const frames = telling.frames
    .filter(frame => frame.eventType <= 1)
    .map(({ at: seconds, id, participant }): Happening => {
      const at = STORY_START_MS + Math.round(seconds * 1000);
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
  const last = STORY_START_MS + (story.steps.at(-1)?.at ?? 0) * 1000 + 2 * POLL_MS;
  const polls: Happening[] = [];
  for (let at = STORY_START_MS + 100; at < last && polls.length < 100; at += POLL_MS) {
    const moment = telling.activeCalls.findLast(one => STORY_START_MS + one.at * 1000 <= at);
    const calls = parseActiveCalls(moment?.calls ?? []).map(
      row => listedCallOf(row, { lookup, now: at }).call,
    );
    polls.push({ at, run: book => book.learn({ source: '3cx', at, kind: 'allCalls', calls }) });
  }
  return [...frames, ...polls].toSorted((a, b) => a.at - b.at);
}

function page(story: Story, isListed: boolean): string {
  let calls = 0;
  const book = new CallBook({ newId: () => `call-${++calls}` });
  const lines: string[] = [];
  const ends: string[] = [];
  const note = (at: number, news: CallNews[]): void => {
    for (const { change, call, isInferred } of news) {
      const { from, to, legs, direction, state, id } = call;
      const parties = `${shown(from)} > ${to ? shown(to) : '-'}`;
      const phones = legs.map(leg => `${leg.dn} ${leg.state}`).join(', ');
      lines.push(
        `${seconds(at)}  ${change.padEnd(16)}  ${id}  ${direction} ${state}  ${parties}  [${phones}]${isInferred ? '  inferred' : ''}`,
      );
      if (change === 'call.ended') ends.push(JSON.stringify(call, null, 2));
    }
  };
  for (const { at, run } of happenings(story, isListed)) {
    for (let due = book.nextTick(); due !== null && due < at; due = book.nextTick())
      note(due, book.tick(due));
    note(at, run(book));
  }
  for (let due = book.nextTick(); due !== null; due = book.nextTick()) note(due, book.tick(due));
  expect(book.open()).toEqual([]);
  return [`${story.name}: ${story.title}`, lines.join('\n'), ends.join('\n'), ''].join('\n\n');
}

function shown({ dn, number }: { dn: string; number: string }): string {
  return dn === number ? dn : `${dn} ${number}`;
}

function seconds(at: number): string {
  return ((at - STORY_START_MS) / 1000).toFixed(3).padStart(9);
}

describe.each(STORIES)('the relay makes of $name', story => {
  it('what its page says, from live frames alone', async () => {
    await expect(page(story, false)).toMatchFileSnapshot(`expected/${story.name}.txt`);
  });

  it('what its page says, with the list of active calls besides', async () => {
    await expect(page(story, true)).toMatchFileSnapshot(`expected-listed/${story.name}.txt`);
  });
});
