import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from './openapi-check.ts';
import { RelayRig } from './relay-rig.ts';

const DAYS = 3;
let rig: RelayRig;
let range: string;

beforeAll(async () => {
  rig = await RelayRig.start({ database: 'current' });
  await rig.simulator.fillHistory({ days: DAYS, callsPerDay: 300 });
  await rig.simulator.settled();
  await rig.seesCalls();
  const end = new Date();
  range = `start=${new Date(end.getTime() - DAYS * 86_400_000).toISOString()}&end=${end.toISOString()}`;
});
afterAll(() => rig.stop());

interface Call {
  id: string;
  startedAt: string;
  to: { dn: string };
  legs?: Call[];
}

async function walk(query: string, headers: Record<string, string> = {}): Promise<Call[]> {
  const calls: Call[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const { status, body } = await rig.get(`/relay/call-history?${range}&${query}${next}`, headers);
    expect(status).toBe(200);
    calls.push(...body.records);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return calls;
}

it('walks through all calls, newest first, none twice, from the database', async () => {
  const { body } = await rig.get(`/relay/call-history?${range}&limit=5`);
  expect(body.origin).toContain('cdroutput');
  const calls = await walk('limit=100');
  expect(calls.length).toBeGreaterThan(50);
  expect(new Set(calls.map(call => call.id)).size).toBe(calls.length);
  const times = calls.map(call => call.startedAt);
  expect(times).toEqual(times.toSorted().toReversed());
});

it('answers as its description says, page and single call alike', async () => {
  const { body: document } = await rig.get('/relay/openapi.json');
  const page = await rig.get(`/relay/call-history?${range}&limit=20`);
  expect(violations(document, { path: '/relay/call-history', method: 'get', reply: page })).toEqual([]);
  const one = await rig.get(`/relay/call-history/${encodeURIComponent(page.body.records[0].id)}`);
  expect(violations(document, { path: '/relay/call-history/{id}', method: 'get', reply: one })).toEqual([]);
  expect(one.body.legs.length).toBeGreaterThan(0);
  const agents = await rig.get('/relay/agents/history');
  expect(violations(document, { path: '/relay/agents/history', method: 'get', reply: agents })).toEqual([]);
  expect(agents.body.stretches.length).toBeGreaterThan(0);
});

it('exports the same calls as CSV and NDJSON, zipped when asked', async () => {
  const calls = await walk('limit=500');
  const csv = await rig.get(`/relay/call-history?${range}`, { accept: 'text/csv' });
  expect(csv.headers.get('content-type')).toContain('text/csv');
  expect(csv.body.trimEnd().split('\r\n')).toHaveLength(calls.length + 1);
  const ndjson = await rig.get(`/relay/call-history?${range}`, { accept: 'application/x-ndjson' });
  const lines = String(ndjson.body).trimEnd().split('\n');
  expect(lines.map(line => JSON.parse(line).id)).toEqual(calls.map(call => call.id));
  const zipped = await rig.get(`/relay/call-history?${range}`, {
    accept: 'text/csv',
    'accept-encoding': 'gzip',
  });
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  // fetch has unzipped it already.
  expect(() => gunzipSync(Buffer.from(zipped.body))).toThrow();
  expect(zipped.body).toBe(csv.body);
});

it('shows a restricted key only the calls that touched its numbers', async () => {
  const key = await rig.newKey({ name: 'one phone', permissions: ['read'], extensions: ['105'] });
  const headers = { authorization: `Bearer ${key}` };
  const all = await walk('limit=500');
  const own = await walk('limit=500', headers);
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThan(all.length / 2);
  const ids = new Set(own.map(call => call.id));
  const hidden = all.find(call => !ids.has(call.id));
  expect((await rig.get(`/relay/call-history/${encodeURIComponent(hidden?.id ?? '')}`, headers)).status).toBe(
    404,
  );
});

it('falls back to XAPI while the database is away, and says so', { timeout: 60_000 }, async () => {
  rig.simulator.pbx.knobs.turn({ database: 'gone' });
  await expect
    .poll(async () => (await rig.get(`/relay/call-history?${range}&limit=5`)).body.origin, {
      timeout: 30_000,
    })
    .toContain('ReportCallLogData');
  expect((await rig.get('/relay/health')).body.status).toBe('degraded');
  rig.simulator.pbx.knobs.turn({ database: 'up' });
});
