import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryQuery, HistoryRecord } from '../../src/daemon/core/ports.ts';
import { type HistoryRig, type Opened, openDatabase, startHistoryRig, untilUp } from './history-rig.ts';
import { allRows, expectedIds } from './oracle.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 6;

let rig: HistoryRig;
let opened: Opened;
let whole: Pick<HistoryQuery, 'start' | 'end'>;
beforeAll(async () => {
  rig = await startHistoryRig();
  const now = Date.now();
  await rig.simulator.fillHistory({ days: DAYS, callsPerDay: 250 });
  whole = { start: now - (DAYS + 1) * DAY_MS, end: now + DAY_MS };
  opened = await untilUp(openDatabase(rig));
});
afterAll(async () => {
  await opened.close();
  await rig.stop();
});

async function walk(
  query: HistoryQuery,
  between?: (page: number) => Promise<void>,
): Promise<HistoryRecord[]> {
  const records: HistoryRecord[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page = await opened.history.page({ ...query, ...(cursor !== null && { cursor }) });
    expect(page.records.length).toBeLessThanOrEqual(query.limit);
    records.push(...page.records);
    cursor = page.nextCursor;
    pages += 1;
    if (cursor !== null) await between?.(pages);
  } while (cursor !== null && pages < 5000);
  return records;
}

const dn = fc.constantFrom('101', '102', '115', '900', '901', '800', '10001', '999', 'nobody');
const queries: fc.Arbitrary<HistoryQuery> = fc
  .record(
    {
      number: fc.constantFrom(
        '+447700900401',
        '7700900401',
        '101',
        '+12025550103',
        '5550199',
        '+49 (30) 901820',
      ),
      extension: dn,
      queue: dn,
      direction: fc.constantFrom('inbound', 'outbound', 'internal'),
      answered: fc.boolean(),
      onlyDns: fc.array(dn, { maxLength: 4 }),
    },
    { requiredKeys: [] },
  )
  .chain(filters =>
    fc
      .record({
        group: fc.constantFrom('calls', 'legs'),
        limit: fc.integer({ min: 1, max: 500 }).map(limit => Math.max(limit, 20)),
        fromHours: fc.integer({ min: 0, max: DAYS * 24 }),
        hours: fc.integer({ min: 1, max: DAYS * 24 }),
      })
      .map(({ group, limit, fromHours, hours }) => {
        const start = whole.start + DAY_MS + fromHours * HOUR_MS;
        return { ...filters, group, limit, start, end: start + hours * HOUR_MS };
      }),
  );

describe('a walk over pages', () => {
  it('gives what one big question gives, in order, for any filters; so does an export', async () => {
    const rows = await allRows(rig);
    expect(rows.length).toBeGreaterThan(1000);
    let seen = 0;
    const check = async (query: HistoryQuery) => {
      const expected = expectedIds(rows, query);
      seen += expected.length;
      expect((await walk(query)).map(({ id }) => id)).toEqual(expected);
      const streamed: string[] = [];
      for await (const batch of opened.history.stream(query, new AbortController().signal, record => record))
        streamed.push(...batch.map(({ id }) => id));
      expect(streamed).toEqual(expected);
    };
    await fc.assert(fc.asyncProperty(queries, check), { numRuns: 60 });
    await check({ ...whole, group: 'calls', limit: 37 });
    await check({ ...whole, group: 'legs', limit: 37 });
    expect(seen).toBeGreaterThan(rows.length);
  }, 60_000);

  it('gives the calls of one page whole, whatever the range cuts', async () => {
    const { records } = await opened.history.page({ ...whole, group: 'calls', limit: 200 });
    const transferred = records.find(
      ({ talkSeconds, durationSeconds }) => talkSeconds > 0 && durationSeconds > talkSeconds + 5,
    );
    if (!transferred) throw new Error('no such call');
    const begin = Date.parse(transferred.startedAt);
    const cut = await opened.history.page({ start: begin, end: begin + 1, group: 'calls', limit: 5 });
    expect(cut.records).toEqual([transferred]);
    const later = await opened.history.page({ start: begin + 1, end: whole.end, group: 'calls', limit: 500 });
    expect(later.records.map(({ id }) => id)).not.toContain(transferred.id);
  });

  it('shows what was there when it began exactly once while rows arrive', async () => {
    await rig.asPbx(async client => {
      for (const limit of [1, 3, 7]) {
        const rows = await allRows(rig);
        const query: HistoryQuery = {
          ...newestOf(rows),
          group: 'calls',
          limit,
        };
        const expected = expectedIds(rows, query);
        expect(expected.length).toBeGreaterThan(8);
        const late = lateLegs(
          client,
          rows.filter(({ ms }) => ms >= query.start).map(({ main_call_history_id: id }) => id),
        );
        const ids = (await walk(query, late)).map(({ id }) => id);
        expect(ids).toEqual(expected);
      }
    });
  }, 30_000);

  it('shows legs that were there exactly once while rows arrive', async () => {
    await rig.asPbx(async client => {
      const rows = await allRows(rig);
      const query: HistoryQuery = {
        ...newestOf(rows),
        group: 'legs',
        limit: 5,
      };
      const late = lateLegs(
        client,
        rows.filter(({ ms }) => ms >= query.start).map(({ main_call_history_id: id }) => id),
      );
      const ids = (await walk(query, late)).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const known = new Set(rows.map(({ cdr_id }) => cdr_id));
      expect(ids.filter(id => known.has(id))).toEqual(expectedIds(rows, query));
    });
  });

  it('keeps its range when the client does not repeat it, and is bound to its filters', async () => {
    const query: HistoryQuery = { ...whole, group: 'calls', limit: 10, answered: true };
    const { nextCursor } = await opened.history.page(query);
    const cursor = nextCursor ?? '';
    const next = await opened.history.page({ ...query, cursor });
    const unset = { start: 0, end: 8_640_000_000_000_000 };
    expect(await opened.history.page({ ...query, ...unset, cursor })).toEqual(next);
    const refused = { code: 'E_BAD_REQUEST' };
    for (const change of [
      { answered: false },
      { group: 'legs' as const },
      { start: whole.start + 1 },
      { onlyDns: ['101'] },
    ]) {
      await expect(opened.history.page({ ...query, cursor, ...change })).rejects.toMatchObject(refused);
    }
    const forged = Buffer.from(cursor, 'base64url')
      .toString()
      .replace(/\d{4}-\d\d-\d\d /, "'; SELECT 1 --");
    for (const nonsense of ['', 'x', 'e30', Buffer.from(forged).toString('base64url'), 'a'.repeat(5000)]) {
      await expect(opened.history.page({ ...query, cursor: nonsense })).rejects.toMatchObject(refused);
    }
  });

  it('takes any text as a filter, and none as a command', async () => {
    const count = (await allRows(rig)).length;
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom("' OR 1=1 --", '$1', '\\', '"; DROP TABLE cdroutput;'),
    );
    await fc.assert(
      fc.asyncProperty(text, async value => {
        const filter = value.replaceAll('\0', '');
        const query: HistoryQuery = {
          ...whole,
          group: 'calls',
          limit: 20,
          number: filter,
          extension: filter,
          onlyDns: [filter],
        };
        await opened.history.page(query);
      }),
      { numRuns: 25 },
    );
    expect((await allRows(rig)).length).toBe(count);
  });
});

describe('one call', () => {
  it('comes with all its legs, and a call nobody has is none', async () => {
    const rows = await allRows(rig);
    const [id = ''] =
      [...Map.groupBy(rows, row => row.main_call_history_id)].find(([, legs]) => legs.length > 3) ?? [];
    const call = await opened.history.one(id);
    expect(call?.legs?.map(leg => leg.id)).toEqual(
      rows.filter(row => row.main_call_history_id === id).map(row => row.cdr_id),
    );
    expect(call).toMatchObject({ id, callId: id, source: '3cx', startedAt: call?.legs?.[0]?.startedAt });
    for (const none of [
      '00000000-0000-0000-0000-000000000000',
      'x',
      "' OR true",
      '',
      '\0',
      'a'.repeat(1000),
    ]) {
      expect(await opened.history.one(none)).toBeNull();
    }
  });
});

/** Between pages, legs land as they do: at their end, which is now, with a start that may be long past. */
function lateLegs(client: Client, callIds: string[]): (page: number) => Promise<void> {
  return async page => {
    const callId = page % 3 === 0 ? randomUUID() : callIds[(page * 7) % callIds.length];
    await client.query(
      `INSERT INTO cdroutput (cdr_id, call_history_id, main_call_history_id, source_entity_type, source_dn_number,
        destination_entity_type, destination_dn_number, cdr_started_at, cdr_answered_at, cdr_ended_at)
       SELECT gen_random_uuid(), $1, $1, 'extension', '101', 'extension', '102', started, started, newest + interval '1 second'
       FROM (SELECT max(cdr_ended_at) AS newest,
         coalesce(min(cdr_started_at) FILTER (WHERE main_call_history_id = $1::uuid), max(cdr_ended_at))
           - $2 * interval '1 second' AS started FROM cdroutput) given`,
      [callId, (page * 37) % 600],
    );
  };
}

/** The range of so many legs, whatever the hour is: at night the last hours have few. */
function newestOf(rows: readonly { ms: number }[]): { start: number; end: number } {
  const LEGS = 80;
  return { start: rows.at(-LEGS)?.ms ?? 0, end: (rows.at(-1)?.ms ?? 0) + DAY_MS };
}
