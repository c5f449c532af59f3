import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Draft, EntryType, GapBody } from '../../../shared/journal-entry.ts';
import { openDatabase } from '../../store/database.ts';
import { readSchema } from '../../store/schema-text.ts';
import { Continuity } from '../log/continuity.ts';
import type { Cursor } from '../log/cursor.ts';
import { type EntryFilter, EVERYTHING, matches } from '../log/filter.ts';
import { Journal } from '../log/journal.ts';
import { Backlog } from './backlog.ts';
import type { Batch, Delivery } from './batch.ts';
import { Feed, type FeedOutlet } from './feed.ts';
import { Hub } from './hub.ts';

const schema = readSchema();
const silent = { report: () => {}, incident: () => {} };
const clock = { now: () => Date.now(), elapsed: () => performance.now() };
const LIMITS = { maxEvents: 60, maxAgeMs: 3_600_000, maxBytes: 2 ** 40 };

/** The hub hands out one by one, with a turn of the loop in between, and soon has too much waiting. */
const SLICED = { sliceMs: 0, lookAtClockEvery: 1, restAfterMs: 0, restShare: 20, waitingMax: 15 };

/** A journal and a hub that can be stopped and started like the daemon. */
class Core {
  readonly folder = mkdtempSync(join(tmpdir(), '3cx-relay-core-'));
  hub = new Hub(silent, SLICED);
  journal = this.#open('boot-1');
  backlog = new Backlog(this.journal);

  #open(bootId: string): Journal {
    const database = openDatabase({ path: join(this.folder, 'journal.db'), part: 'journal', schema });
    const continuity = new Continuity({ database, markFile: join(this.folder, 'journal.sound'), bootId });
    return new Journal({ database, continuity, limits: LIMITS });
  }

  restart(bootId = 'boot-1', isClean = true): void {
    if (isClean) this.journal.close();
    this.hub = new Hub(silent, SLICED);
    this.journal = this.#open(bootId);
    this.backlog = new Backlog(this.journal);
  }

  write(drafts: Draft[]): void {
    const { entries } = this.journal.append({ drafts, calls: new Map() });
    this.hub.publish(entries);
  }

  end(): void {
    this.journal.close();
    rmSync(this.folder, { recursive: true });
  }
}

/** A client that remembers all it was ever sent, over any number of connections. */
class Client implements FeedOutlet {
  readonly filter: EntryFilter;
  readonly got: Delivery[] = [];
  readonly gaps: GapBody[] = [];
  feed: Feed | null = null;
  isCut = false;
  cursor: Cursor;
  #pending = 0;
  #tellDrained: (() => void)[] = [];
  #epoch = '';

  constructor(filter: EntryFilter, cursor: Cursor) {
    this.filter = filter;
    this.cursor = cursor;
  }

  connect({ backlog, hub }: Core): void {
    this.disconnect();
    this.#pending = 0;
    this.#tellDrained = [];
    this.#epoch = backlog.journal.epoch;
    this.feed = new Feed({ parts: { backlog, hub, clock }, filter: this.filter, outlet: this });
    this.feed.start(this.cursor);
  }

  stall(): void {
    this.#pending = 1_000_000;
  }

  drain(): void {
    this.#pending = 0;
    for (const told of this.#tellDrained.splice(0)) told();
  }

  send({ deliveries, last }: Batch): void {
    this.got.push(...deliveries);
    this.cursor = { after: String(last), epoch: this.#epoch };
  }

  gap(gap: GapBody): void {
    this.gaps.push(gap);
  }

  pendingBytes(): number {
    return this.#pending;
  }

  onDrained(told: () => void): void {
    this.#tellDrained.push(told);
  }

  cut(): void {
    this.isCut = true;
    this.disconnect();
  }

  disconnect(): void {
    this.feed?.close();
    this.feed = null;
  }
}

function draft(type: EntryType, dns: string[]): Draft {
  return { time: Date.now(), type, source: '3cx', dns, body: '{}' };
}

async function settle(core: Core, clients: Client[]): Promise<void> {
  await expect
    .poll(async () => {
      await nextTurn();
      const { head } = core.journal;
      return clients.every(({ feed }) => feed === null || (feed.isLive && feed.position === head));
    })
    .toBe(true);
  expect(core.journal.head).toBeGreaterThanOrEqual(0);
}

let core: Core;
beforeEach(() => {
  core = new Core();
});
afterEach(() => core.end());

const types = ['call_event', 'call', 'agent'] as const;
const draftOf = fc
  .tuple(fc.constantFrom(...types), fc.subarray(['101', '102', '900']))
  .map(([type, dns]) => draft(type, dns));
const filterOf = fc.record({
  types: fc.option(fc.subarray([...types], { minLength: 1 }).map(list => new Set<string>(list))),
  dns: fc.option(fc.subarray(['101', '102', '900'], { minLength: 1 }).map(list => new Set(list))),
  sources: fc.constant(null),
  onlyDns: fc.constant(null),
});
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      drafts: fc.array(draftOf, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('connect', 'disconnect', 'slow', 'drain', 'subscribe'),
      client: fc.nat(4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('prune' as const, 'restart' as const, 'turn' as const) }),
  },
);

describe('a feed', () => {
  it('gives each client exactly the filtered journal, or names what is missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(filterOf, { minLength: 3, maxLength: 3 }),
        fc.array(step, { maxLength: 40 }),
        async (filters, steps) => {
          core.end();
          core = new Core();
          const written: { seq: number; draft: Draft }[] = [];
          // Two of one filter share a group, so one can join while the other is being told.
          const clients = [...filters, EVERYTHING, EVERYTHING].map(
            filter => new Client(filter, { after: '0', epoch: core.journal.epoch }),
          );
          for (const one of steps) {
            if (one.do === 'write') {
              for (const [index, item] of one.drafts.entries())
                written.push({ seq: core.journal.head + 1 + index, draft: item });
              core.write(one.drafts);
            } else if (one.do === 'prune') {
              while (core.journal.prune(Date.now()));
            } else if (one.do === 'restart') {
              for (const client of clients) client.disconnect();
              core.restart();
            } else if (one.do === 'turn') {
              await nextTurn();
            } else if ('client' in one) {
              const client = clients[one.client];
              if (one.do === 'connect') client?.connect(core);
              if (one.do === 'disconnect') client?.disconnect();
              if (one.do === 'slow') client?.stall();
              if (one.do === 'drain') client?.drain();
              if (one.do === 'subscribe') client?.feed?.refilter(client.filter);
            }
            for (const client of clients) expectHonestPosition(client, written);
          }
          for (const client of clients) {
            if (client.feed === null || client.isCut) client.connect(core);
            client.isCut = false;
            client.drain();
          }
          await settle(core, clients);
          for (const client of clients) expectComplete(client, written);
          for (const client of clients) client.disconnect();
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ['future', { after: '99', epoch: null }, 'too_far'],
    ['nonsense', { after: 'abc', epoch: null }, 'too_far'],
    ['fraction', { after: '1.5', epoch: null }, 'too_far'],
    ['negative', { after: '-1', epoch: null }, 'too_far'],
    ['beyond 2^53', { after: '9007199254740993', epoch: null }, 'too_far'],
    ['another epoch', { after: '2', epoch: 'other' }, 'epoch'],
  ] as const)(
    'answers a cursor that is %s with one gap, then gives what there is',
    async (_, cursor, reason) => {
      core.write([draft('call', []), draft('call', []), draft('call', [])]);
      const client = new Client(EVERYTHING, cursor);
      client.connect(core);
      await settle(core, [client]);
      expect(client.gaps).toMatchObject([{ scope: 'client', reason }]);
      expect(client.got.map(({ entry }) => entry.seq)).toEqual([1, 2, 3]);
      client.disconnect();
    },
  );

  it('says which entries have expired', async () => {
    core.write(Array.from({ length: 200 }, () => draft('call', [])));
    while (core.journal.prune(Date.now()));
    const client = new Client(EVERYTHING, { after: '10', epoch: null });
    client.connect(core);
    await settle(core, [client]);
    expect(client.gaps).toMatchObject([{ reason: 'expired', from: 11, to: core.journal.oldest - 1 }]);
    expect(client.got[0]?.entry.seq).toBe(core.journal.oldest);
    client.disconnect();
  });

  it('gives one who joins while others are being told only what is new to it', async () => {
    const others = Array.from({ length: 3 }, () => new Client(EVERYTHING, { after: null, epoch: null }));
    for (const client of others) client.connect(core);
    core.write([draft('call', [])]);
    core.write([draft('call', [])]);
    const late = new Client(EVERYTHING, { after: null, epoch: null });
    late.connect(core);
    core.write([draft('call', [])]);
    await expect.poll(() => others.map(client => client.got.length)).toEqual([3, 3, 3]);
    expect(late.got.map(({ entry, prev }) => [entry.seq, prev])).toEqual([[3, 2]]);
    for (const client of [...others, late]) client.disconnect();
  });

  it('shows no hole that is none to a client that changes its filter before it was sent anything', async () => {
    const dns102 = { ...EVERYTHING, dns: new Set(['102']) };
    const client = new Client(dns102, { after: '0', epoch: core.journal.epoch });
    client.connect(core);
    core.write([draft('call', ['900'])]);
    client.feed?.refilter(dns102);
    core.write([draft('call', [])]);
    await settle(core, [client]);
    expect(client.got.map(({ entry, prev }) => [entry.seq, prev])).toEqual([[2, 0]]);
    client.disconnect();
  });

  it('ends a client that cannot be told, and the others go on', async () => {
    const broken = new Client(EVERYTHING, { after: null, epoch: null });
    const sound = new Client(EVERYTHING, { after: null, epoch: null });
    for (const client of [broken, sound]) client.connect(core);
    broken.send = () => {
      throw new Error('our own defect');
    };
    core.write([draft('call', [])]);
    core.write([draft('call', [])]);
    await settle(core, [broken, sound]);
    expect([broken.isCut, broken.feed]).toEqual([true, null]);
    expect([sound.isCut, sound.got.length]).toEqual([false, 2]);
  });

  it.each(['a burst', 'another filter'])(
    'keeps a live client whose filter matched nothing for longer than the journal reaches back, at %s',
    async what => {
      const rare = { ...EVERYTHING, types: new Set(['agent']) };
      const client = new Client(rare, { after: null, epoch: null });
      client.connect(core);
      core.write(Array.from({ length: 200 }, () => draft('call', [])));
      while (core.journal.prune(Date.now()));
      core.write(Array.from({ length: what === 'a burst' ? 20 : 2 }, () => draft('agent', [])));
      if (what === 'another filter') client.feed?.refilter(rare);
      await expect.poll(() => client.got.length).toBe(what === 'a burst' ? 20 : 2);
      expect([client.isCut, client.gaps]).toEqual([false, []]);
      client.disconnect();
    },
  );

  it('cuts a client that falls behind the journal', async () => {
    const client = new Client(EVERYTHING, { after: null, epoch: null });
    client.connect(core);
    client.stall();
    core.write([draft('call', [])]);
    core.write(Array.from({ length: 300 }, () => draft('call', [])));
    while (core.journal.prune(Date.now()));
    client.drain();
    await expect.poll(() => client.isCut).toBe(true);
    expect(client.got).toHaveLength(1);
  });
});

describe('the epoch', () => {
  it('stays after a kill of the process, and after an ordinary stop and a boot', () => {
    const { epoch } = core.journal;
    core.write([draft('call', [])]);
    core.restart('boot-1', false);
    expect([core.journal.epoch, core.journal.head]).toEqual([epoch, 1]);
    core.restart('boot-2', true);
    expect(core.journal.epoch).toBe(epoch);
  });

  it('changes when the host went down uncleanly', () => {
    const { epoch } = core.journal;
    core.restart('boot-2', false);
    expect(core.journal.epoch).not.toBe(epoch);
  });
});

/** What a heartbeat tells: a client may move its cursor so far, so all before must have been sent. */
function expectHonestPosition(client: Client, written: { seq: number; draft: Draft }[]): void {
  const position = client.feed?.position ?? 0;
  const missing = (seq: number): boolean => client.gaps.some(gap => seq <= (gap.to ?? 0));
  const got = new Set(client.got.map(({ entry }) => entry.seq));
  const unsent = written.filter(
    ({ seq, draft: one }) =>
      seq <= position && !missing(seq) && matches(client.filter, { ...one, seq }) && !got.has(seq),
  );
  expect(unsent).toEqual([]);
}

function expectComplete(client: Client, written: { seq: number; draft: Draft }[]): void {
  const missing = (seq: number): boolean =>
    client.gaps.some(gap => (gap.from ?? 0) <= seq && seq <= (gap.to ?? 0));
  const expected = written
    .filter(({ seq, draft: one }) => matches(client.filter, { ...one, seq }) && !missing(seq))
    .map(({ seq }) => seq);
  expect(client.got.map(({ entry }) => entry.seq).filter(seq => !missing(seq))).toEqual(expected);
  // A client that compares prev with its own cursor finds a hole only where a gap was told.
  let cursor = 0;
  for (const { entry, prev } of client.got) {
    const isTold = client.gaps.some(gap => prev <= (gap.to ?? 0));
    expect(prev <= cursor || isTold).toBe(true);
    cursor = entry.seq;
  }
}
