import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryQuery, HistoryRecord } from '../../src/daemon/core/ports.ts';
import { CallLogReport } from '../../src/daemon/sources/threecx/history/reports/call-log-report.ts';
import { durationMs, type XapiGetter } from '../../src/daemon/sources/threecx/history/reports/report.ts';
import { ReportRecords } from '../../src/daemon/sources/threecx/history/reports/report-records.ts';
import { AppError } from '../../src/shared/errors.ts';
import {
  clock,
  type HistoryRig,
  type Opened,
  openDatabase,
  startHistoryRig,
  untilUp,
  xapiOf,
} from './history-rig.ts';

const DAY_MS = 86_400_000;

let rig: HistoryRig;
let opened: Opened | null = null;
let whole: Pick<HistoryQuery, 'start' | 'end'>;
beforeAll(async () => {
  rig = await startHistoryRig();
  const now = Date.now();
  await rig.simulator.fillHistory({ days: 4, callsPerDay: 150 });
  whole = { start: now - 5 * DAY_MS, end: now + DAY_MS };
});
afterEach(async () => {
  await opened?.close();
  opened = null;
  rig.simulator.pbx.knobs.reset();
});
afterAll(() => rig.stop());

async function all(records: AsyncIterable<HistoryRecord[]>): Promise<HistoryRecord[]> {
  const found: HistoryRecord[] = [];
  for await (const batch of records) found.push(...batch);
  return found;
}

/** What both rungs can tell, and must tell alike. */
function essence({
  id,
  direction,
  startedAt,
  answeredAt,
  endedAt,
  answered,
  from,
  to,
  talkSeconds,
}: HistoryRecord) {
  return {
    id,
    direction,
    startedAt,
    answeredAt,
    endedAt,
    answered,
    from: from.number,
    to: to.dn,
    talkSeconds,
  };
}

describe('history by XAPI, when there is no database', () => {
  it('tells the same calls as the database, in the same order', async () => {
    const { signal } = new AbortController();
    opened = await untilUp(openDatabase(rig, {}, xapiOf(rig)));
    const query: HistoryQuery = { ...whole, group: 'calls', limit: 50 };
    const fromTable = await all(opened.history.stream(query, signal, record => record));
    const report = new ReportRecords(new CallLogReport(xapiOf(rig), clock), Date.now);
    const fromReport = await all(report.stream(query, signal, record => record));
    expect(fromReport.map(({ id }) => id)).toEqual(fromTable.map(({ id }) => id));
    expect(fromTable.length).toBeGreaterThan(300);
    // Calls that went straight to their end; of others a report does not tell which leg led to which.
    const plain = new Set(
      fromTable.filter(({ queue, did }) => queue === null && did === null).map(({ id }) => id),
    );
    const plainOf = (records: HistoryRecord[]) =>
      records.filter(({ id, endedAt }) => plain.has(id) && endedAt !== null).map(essence);
    const [expected, given] = [plainOf(fromTable), plainOf(fromReport)];
    expect(given.filter(({ direction }) => direction === 'internal')).toEqual(
      expected.filter(({ direction }) => direction === 'internal'),
    );
    expect(expected.length).toBeGreaterThan(50);
    expect(fromReport.map(({ answered }) => answered)).toEqual(fromTable.map(({ answered }) => answered));
    expect(fromReport.map(({ did }) => did)).toEqual(fromTable.map(({ did }) => did));
    expect(fromTable.filter(({ did }) => did !== null).length).toBeGreaterThan(50);
  });

  it('walks pages and filters as an export does, and finds one call', async () => {
    opened = openDatabase(rig, { iniFiles: [] }, xapiOf(rig));
    const { history } = opened;
    for (const filters of [
      {},
      { answered: false },
      { extension: '101' },
      { direction: 'inbound' as const },
    ]) {
      const query: HistoryQuery = { ...whole, group: 'calls', limit: 60, ...filters };
      const streamed = await all(history.stream(query, new AbortController().signal, record => record));
      const walked: HistoryRecord[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await history.page({ ...query, ...(cursor !== undefined && { cursor }) });
        walked.push(...page.records);
        expect(page.origin).toBe('ReportCallLogData');
        cursor = page.nextCursor;
      }
      expect(walked).toEqual(streamed);
      expect(streamed.length).toBeGreaterThan(10);
    }
    const { records } = await history.page({ ...whole, group: 'calls', limit: 3 });
    const [wanted] = records;
    expect(await history.one(wanted?.id ?? '')).toMatchObject({ id: wanted?.id, legs: expect.any(Array) });
    expect(await history.one('nobody')).toBeNull();
  });

  it('takes shorter slices where a report is full, and loses nothing', async () => {
    const asked: string[] = [];
    const small = 40;
    const real = xapiOf(rig, asked);
    const full: XapiGetter = {
      get: async path => {
        const answer = await real.get(path);
        const { value } = answer as { value: unknown[] };
        return value.length > small ? { value: Array(5000).fill(value[0]) } : answer;
      },
    };
    const query: HistoryQuery = { ...whole, group: 'legs', limit: 50 };
    const { signal } = new AbortController();
    const ids = async (xapi: XapiGetter) =>
      (
        await all(
          new ReportRecords(new CallLogReport(xapi, clock), Date.now).stream(query, signal, record => record),
        )
      ).map(({ id }) => id);
    const [cut, uncut] = [await ids(full), await ids(real)];
    expect(cut).toEqual(uncut);
    expect(cut.length).toBeGreaterThan(800);
    expect(asked.length).toBeGreaterThan(cut.length / small);
    expect(asked.every(path => !path.includes('$orderby'))).toBe(true);
  });

  it('climbs back to the database as soon as that holds', async () => {
    rig.simulator.pbx.knobs.turn({ database: 'gone' });
    opened = openDatabase(rig, {}, xapiOf(rig));
    const query: HistoryQuery = { ...whole, group: 'calls', limit: 5 };
    await expect.poll(() => opened?.health.at(-1)?.state).toBe('down');
    const page = await opened.history.page(query);
    expect(page.origin).toBe('ReportCallLogData');
    expect(opened.history.ladder.failures.at(-1)?.reason).toBe('there is no such socket');
    rig.simulator.pbx.knobs.turn({ database: 'up' });
    opened.database.reconnect();
    await untilUp(opened);
    expect((await opened.history.page(query)).origin).toBe('cdroutput');
    const next = opened.history.page({ ...query, cursor: page.nextCursor ?? '' });
    await expect(next).rejects.toMatchObject({ code: 'E_BAD_REQUEST' });
  });

  it('asks the old view only where there is no report at all', async () => {
    rig.simulator.pbx.knobs.turn({ callHistoryView: 'old' });
    const real = xapiOf(rig);
    let code: 'E_NOT_FOUND' | 'E_UPSTREAM_TIMEOUT' | 'E_REFUSED_BY_PBX' = 'E_UPSTREAM_TIMEOUT';
    const without: XapiGetter = {
      get: (path, signal) => {
        if (path.includes('ReportCallLogData'))
          return Promise.reject(new AppError(code, { detail: 'as told' }));
        return real.get(path, signal);
      },
    };
    opened = openDatabase(rig, { iniFiles: [] }, without);
    const query: HistoryQuery = {
      start: Date.UTC(2024, 0, 1),
      end: Date.UTC(2025, 0, 1),
      group: 'calls',
      limit: 20,
    };
    await expect(opened.history.page(query)).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
    code = 'E_REFUSED_BY_PBX';
    await expect(opened.history.page(query)).rejects.toMatchObject({ code: 'E_REFUSED_BY_PBX' });
    code = 'E_NOT_FOUND';
    const page = await opened.history.page(query);
    expect(page.origin).toBe('CallHistoryView');
    expect(page.records).toHaveLength(20);
    const streamed = await all(
      opened.history.stream({ ...query, answered: false }, new AbortController().signal, record => record),
    );
    expect(streamed).toHaveLength(12);
    expect(streamed[0]).toMatchObject({
      direction: 'inbound',
      answered: false,
      talkSeconds: 0,
      from: { number: expect.stringMatching(/^\+44/) },
    });
  });

  it('says so when neither holds', async () => {
    opened = openDatabase(rig, { iniFiles: [] }, null);
    await expect.poll(() => opened?.health.length).toBeGreaterThan(0);
    const page = opened.history.page({ ...whole, group: 'calls', limit: 5 });
    await expect(page).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      detail: expect.stringContaining('no such socket'),
    });
  });
});

describe('durations', () => {
  it.each([
    ['PT9.31S', 9310],
    ['PT1M4S', 64_000],
    ['P1DT2H', 93_600_000],
    ['PT0S', 0],
    ['', null],
    ['1:04', null],
  ])('of %j', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });
});
