import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { CallBook, type CallNews } from '../../src/daemon/core/calls/call-book.ts';
import type { Clock } from '../../src/daemon/core/ports.ts';
import {
  type LateFactLimits,
  LateFacts,
} from '../../src/daemon/sources/threecx/history/afterwards/late-facts.ts';
import type { Database } from '../../src/daemon/sources/threecx/history/database/database.ts';
import { History } from '../../src/daemon/sources/threecx/history/history.ts';
import type { Call } from '../../src/shared/call.ts';
import { type HistoryRig, type Opened, openDatabase, startHistoryRig, untilUp } from './history-rig.ts';

const MAIN = '+442079460200';
const SALES = '+442079460300';
const CALLER = '+442079460101';

let rig: HistoryRig;
let opened: Opened;
let relay: Relay;
let legs = 0;
beforeAll(async () => {
  rig = await startHistoryRig();
  opened = await untilUp(openDatabase(rig));
});
afterEach(async () => {
  await relay.stop();
  rig.simulator.pbx.knobs.reset();
});
afterAll(async () => {
  await opened.close();
  await rig.stop();
});

/** The part of a relay that keeps calls and looks for their records, and the phones that it hears. */
class Relay {
  readonly book = new CallBook({ newId: () => `call-${++this.#calls}` });
  readonly news: CallNews[] = [];
  readonly #clock: Clock;
  readonly #late: LateFacts;
  readonly #life = new AbortController();
  #calls = 0;
  looks = 0;

  constructor(database: Database, limits: Partial<LateFactLimits> = {}, behindMs = 0) {
    this.#clock = { now: () => Date.now() - behindMs, elapsed: () => performance.now() };
    const history = new History({ database, xapi: null, clock: this.#clock });
    this.#late = new LateFacts({
      history: {
        around: (moments, signal) => {
          this.looks += 1;
          return history.around(moments, signal);
        },
      },
      sink: { append: () => {}, learn: fact => this.#note(this.book.learn(fact)) },
      clock: this.#clock,
      health: { report: () => {}, incident: told => expect.fail(told.detail) },
      limits: { lookAfterMs: [0, 200, 400, 600, 5000], everyMs: 50, restShare: 1, retryMs: 50, ...limits },
    });
    this.#late.start(this.#life.signal);
  }

  rings(key: string, dn: string, from = CALLER, isInferred = false): string {
    const legId = String(++legs);
    const leg = {
      ...({ kind: 'leg', state: 'ringing', role: 'callee' } as const),
      ...{ sourceCallId: key, legId, isInferred },
      own: { number: dn, name: '', dn, kind: 'extension' },
      other: { number: from, name: '', dn: '10001', kind: 'trunk' },
    } as const;
    this.#note(this.book.learn({ source: '3cx', at: this.#clock.now(), ...leg }));
    return legId;
  }

  /** It ends at once: nobody waits here for another leg. */
  gone(...legIds: string[]): void {
    const at = this.#clock.now();
    for (const legId of legIds) this.#note(this.book.learn({ source: '3cx', at, kind: 'legGone', legId }));
    this.#note(this.book.tick(at + 5000));
  }

  call(id: string): Call | undefined {
    return this.book.find(id);
  }

  async stop(): Promise<void> {
    this.#life.abort();
    await this.#late.stop();
  }

  #note(news: CallNews[]): void {
    this.news.push(...news);
    this.#late.note(
      news.map(({ change, call, isInferred: inferred }) => ({
        ...{ seq: 1, time: this.#clock.now(), type: 'call' as const, source: '3cx', dns: [] },
        body: JSON.stringify({ change, call, inferred }),
      })),
    );
  }
}

/** At the phone system: a call comes in and rings there. */
function dialIn(call: string, to: string, did: string, from = CALLER): void {
  const { pbx } = rig.simulator;
  expect(pbx.perform({ do: 'dialIn', call, from, did })).toBe(true);
  expect(pbx.perform({ do: 'route', call, to })).toBe(true);
}

/** Its rows can be read when this resolves. */
async function hangUp(call: string): Promise<void> {
  expect(rig.simulator.pbx.perform({ do: 'hangUp', call, by: 'caller' })).toBe(true);
  await rig.simulator.settled();
}

it('adds the number that was dialled when the call is over, and says nothing twice', async () => {
  relay = new Relay(opened.database);
  dialIn('a', '101', MAIN);
  const leg = relay.rings('1', '101');
  await hangUp('a');
  relay.gone(leg);
  await expect.poll(() => relay.call('call-1')?.did).toBe(MAIN);
  expect(relay.news.map(({ change }) => change)).toEqual([
    'call.started',
    'call.ringing',
    'call.updated',
    'call.ended',
    'call.updated',
  ]);
  const { looks } = relay;
  // Another one's look shows that this one has none any more.
  dialIn('b', '102', SALES);
  const other = relay.rings('2', '102');
  await hangUp('b');
  relay.gone(other);
  await expect.poll(() => relay.call('call-2')?.did).toBe(SALES);
  expect(relay.looks).toBe(looks + 1);
  expect(relay.news).toHaveLength(10);
});

it('tells no number where two calls of one caller rang at the same phone at the same time', async () => {
  relay = new Relay(opened.database);
  dialIn('a', '103', MAIN);
  dialIn('b', '103', SALES);
  const first = relay.rings('1', '103');
  const second = relay.rings('2', '103');
  await hangUp('a');
  relay.gone(first);
  // While the second is still open, there is but one record.
  await expect.poll(() => relay.looks).toBeGreaterThan(1);
  expect(relay.call('call-1')?.did).toBeNull();
  await hangUp('b');
  relay.gone(second);
  await expect.poll(() => relay.looks).toBeGreaterThan(4);
  expect([relay.call('call-1')?.did, relay.call('call-2')?.did]).toEqual([null, null]);
});

it('tells none to a call that it did not see begin, and does not take its record for another’s', async () => {
  relay = new Relay(opened.database, { lookAfterMs: [0, 100, 60_000] });
  dialIn('a', '104', MAIN);
  const unseen = relay.rings('1', '104', CALLER, true);
  await hangUp('a');
  dialIn('b', '104', SALES);
  const seen = relay.rings('2', '104');
  relay.gone(unseen, seen);
  await expect.poll(() => relay.looks).toBe(2);
  expect([relay.call('call-1')?.did, relay.call('call-2')?.did]).toEqual([null, null]);
  await hangUp('b');
});

it('waits for rows that come late, and gives up after a few looks', async () => {
  relay = new Relay(opened.database, { lookAfterMs: [0, 50, 1500, 2500] });
  dialIn('a', '105', MAIN);
  const late = relay.rings('1', '105');
  relay.gone(late);
  await expect.poll(() => relay.looks).toBeGreaterThan(1);
  expect(relay.call('call-1')?.did).toBeNull();
  await hangUp('a');
  await expect.poll(() => relay.call('call-1')?.did).toBe(MAIN);

  const never = relay.rings('2', '106');
  relay.gone(never);
  const { looks } = relay;
  await expect.poll(() => relay.looks).toBe(looks + 4);
  dialIn('c', '107', SALES);
  const proof = relay.rings('3', '107');
  await hangUp('c');
  relay.gone(proof);
  await expect.poll(() => relay.call('call-3')?.did).toBe(SALES);
  expect(relay.looks).toBe(looks + 5);
});

it('asks once for all calls that are due', async () => {
  relay = new Relay(opened.database, { everyMs: 2000 });
  const keys = Array.from({ length: 15 }, (_, index) => String(101 + index));
  for (const dn of keys) {
    dialIn(dn, dn, MAIN, `+44207946${dn}0`);
    const leg = relay.rings(dn, dn, `+44207946${dn}0`);
    await hangUp(dn);
    relay.gone(leg);
  }
  await rig.simulator.settled();
  await expect
    .poll(() => keys.map((_, index) => relay.call(`call-${index + 1}`)?.did))
    .toEqual(keys.map(() => MAIN));
  expect(relay.looks).toBe(1);
});

it('lets calls wait while the database is away, and completes them when it is back', async () => {
  const own = await untilUp(openDatabase(rig));
  relay = new Relay(own.database);
  rig.simulator.pbx.knobs.turn({ database: 'gone' });
  await expect.poll(() => own.health.at(-1)?.state).toBe('down');
  dialIn('a', '108', MAIN);
  const leg = relay.rings('1', '108');
  await hangUp('a');
  relay.gone(leg);
  await expect.poll(() => relay.looks).toBeGreaterThan(5);
  expect(relay.call('call-1')?.did).toBeNull();
  rig.simulator.pbx.knobs.turn({ database: 'up' });
  own.database.reconnect();
  await expect.poll(() => relay.call('call-1')?.did).toBe(MAIN);
  await relay.stop();
  await own.close();
});

it('knows a call again though the clocks differ by an hour', async () => {
  relay = new Relay(opened.database, {}, 3_600_000);
  dialIn('a', '109', SALES);
  const leg = relay.rings('1', '109');
  await hangUp('a');
  relay.gone(leg);
  await expect.poll(() => relay.call('call-1')?.did).toBe(SALES);
});
