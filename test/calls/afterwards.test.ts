import { afterAll, beforeAll, expect, it } from 'vitest';
import { CallBook, type CallNews } from '../../src/daemon/core/calls/call-book.ts';
import { LateFacts } from '../../src/daemon/sources/threecx/history/afterwards/late-facts.ts';
import type { History } from '../../src/daemon/sources/threecx/history/history.ts';
import type { Call } from '../../src/shared/call.ts';
import type { CallRecord } from '../../src/simulator/exchange/call-record.ts';
import { STORIES } from '../../src/simulator/stories/index.ts';
import type { Story } from '../../src/simulator/stories/story.ts';
import { STORY_START_MS, tell } from '../../src/simulator/stories/telling.ts';
import { type HistoryRig, openDatabase, startHistoryRig, untilUp, xapiOf } from '../history/history-rig.ts';
import { retell } from './retelling.ts';

// What the records add to each call of each story when it is over, as a page that a person can read. Every story is
// played on a day of its own, all of them are in the records, and all calls are looked for at once.
const DAY_MS = 86_400_000;
const TOLD_MS = 20;

let rig: HistoryRig;
beforeAll(async () => {
  rig = await startHistoryRig();
  for (const [day, story] of STORIES.entries()) await record(story, day);
});
afterAll(() => rig.stop());

/** Puts the records of a story into the database and into the reports. */
async function record(story: Story, day: number): Promise<void> {
  const { records } = tell(story);
  const moved = records.map(entry => ({ ...entry, record: movedTo(day, entry.record) }));
  for (const entry of moved) rig.simulator.pbx.callLog.append(entry);
  await rig.asPbx(client =>
    client.query('INSERT INTO cdroutput SELECT * FROM json_populate_recordset(NULL::cdroutput, $1)', [
      JSON.stringify(moved.map(entry => entry.record)),
    ]),
  );
}

/** The ids begin with four bytes that are always zero; here they tell one day's from another's. */
function movedTo(day: number, told: CallRecord): CallRecord {
  const prefix = (day + 1).toString(16).padStart(8, '0');
  const entries = Object.entries(told).map(([name, value]) => {
    if (value instanceof Date) return [name, new Date(value.getTime() + day * DAY_MS)];
    return [name, typeof value === 'string' ? value.replace(/^0{8}(?=-)/, prefix) : value];
  });
  return Object.fromEntries(entries) as CallRecord;
}

interface Watched {
  story: Story;
  book: CallBook;
  ended: Call[];
}

/** Plays all stories to one reader of the log and waits until it has looked for everything once. */
async function completed(history: Pick<History, 'around'>): Promise<string> {
  const books = new Map<string, Watched>();
  let looks = 0;
  const late = new LateFacts({
    history: {
      around: async (moments, signal) => {
        const found = await history.around(moments, signal);
        looks += 1;
        return found;
      },
    },
    sink: {
      append: () => {},
      learn: fact => {
        const id = fact.kind === 'afterwards' ? (fact.callId ?? '') : '';
        books.get(id.split('/')[0] ?? '')?.book.learn(fact);
      },
    },
    clock: { now: Date.now, elapsed: () => performance.now() },
    health: { report: () => {}, incident: told => expect.fail(told.detail) },
    limits: { lookAfterMs: [0, 60_000], everyMs: TOLD_MS, restShare: 0, callsMax: 1000 },
  });
  for (const [day, story] of STORIES.entries()) {
    let calls = 0;
    const book = new CallBook({ newId: () => `${story.name}/call-${++calls}` });
    const ended: Call[] = [];
    const note = (time: number, news: CallNews[]): void => {
      ended.push(...news.filter(({ change }) => change === 'call.ended').map(({ call }) => call));
      late.note(news.map(one => entryOf(time, one)));
    };
    retell(book, story, { isListed: false, startsAt: STORY_START_MS + day * DAY_MS, note });
    books.set(story.name, { story, book, ended });
  }
  const life = new AbortController();
  late.start(life.signal);
  await expect.poll(() => looks).toBe(1);
  life.abort();
  await late.stop();
  return [...books.values()].flatMap(linesOf).join('\n');
}

function entryOf(time: number, { change, call, isInferred: inferred }: CallNews) {
  const body = JSON.stringify({ change, call, inferred });
  return { seq: 1, time, type: 'call' as const, source: '3cx', dns: [], body };
}

function linesOf({ story, book, ended }: Watched): string[] {
  return ended.map(before => {
    const after = book.find(before.id) ?? before;
    const { did, queue, endReason } = after;
    const ends = before.endReason === endReason ? endReason : `${before.endReason} -> ${endReason}`;
    const changed = Object.keys(after).filter(
      name => JSON.stringify(after[name as keyof Call]) !== JSON.stringify(before[name as keyof Call]),
    );
    expect(['did', 'queue', 'endReason']).toEqual(expect.arrayContaining(changed));
    const [, call = ''] = before.id.split('/');
    return `${story.name.padEnd(32)} ${call}  ${before.direction.padEnd(8)}  did ${(did ?? '-').padEnd(14)}  queue ${(queue ?? '-').padEnd(4)}  ${ends}`;
  });
}

it('the database completes the calls of all stories as the page says', async () => {
  const opened = await untilUp(openDatabase(rig));
  await expect(`${await completed(opened.history)}\n`).toMatchFileSnapshot('expected-afterwards.txt');
  await opened.close();
});

it('XAPI tells the number that was dialled, and nothing that it does not know for sure', async () => {
  const opened = openDatabase(rig, { iniFiles: [] }, xapiOf(rig));
  await expect(`${await completed(opened.history)}\n`).toMatchFileSnapshot('expected-afterwards-xapi.txt');
  await opened.close();
});
