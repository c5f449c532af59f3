import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
beforeAll(async () => {
  rig = await RelayRig.start({ callsPerMinute: 1200 });
  await rig.seesCalls();
  operating = new Operating(rig);
  await vi.waitFor(async () => expect((await page('?limit=1')).head).toBeGreaterThan(60), 15_000);
});
afterAll(() => rig.stop());

async function page(query: string) {
  return (await operating.get(`/admin/events${query}`)).body;
}

const eventStream = { accept: 'text/event-stream' };

it('gives operators the pages of the log that programs get', async () => {
  const query = '?after=3&limit=20&types=call,agent';
  const { body } = await rig.get(`/relay/events${query}`);
  const own = await page(query);
  expect(own.entries).toHaveLength(20);
  expect(own.entries).toEqual(body.entries);
  const wrong = await operating.get('/admin/events?ticket=x');
  expect([wrong.status, wrong.body.code]).toEqual([400, 'E_UNKNOWN_PARAMETER']);
  expect((await operating.get('/admin/events', { token: null })).status).toBe(401);
});

it('finds the place in the log for a time, as do programs', async () => {
  const { entries } = await page('?limit=50');
  const { time } = entries[40];
  const first = entries.findIndex((entry: { time: number }) => entry.time >= time);
  const since = encodeURIComponent(new Date(time).toISOString());
  expect((await page(`?since=${since}&limit=1`)).entries[0].seq).toBe(entries[first].seq);
  expect((await rig.get(`/relay/events?since=${since}&limit=1`)).body.entries[0].seq).toBe(
    entries[first].seq,
  );
  expect((await page('?since=2001-01-01T00:00:00Z&limit=1')).entries[0].seq).toBe(1);
  const late = await page('?since=2101-01-01T00:00:00Z&limit=5');
  expect(late).toMatchObject({ entries: [], gap: null, next: expect.any(Number) });
  const both = await operating.get(`/admin/events?since=${since}&after=1`);
  expect([both.status, both.body.detail]).toEqual([400, expect.stringContaining('after or since')]);
  expect((await operating.get('/admin/events?since=yesterday')).status).toBe(400);
});

it('the live log resumes by its last id, takes no place among programs, and ends with the login', async () => {
  const token = await operating.login('vera', 'viewer');
  const stream = await operating.followText('/admin/events?after=0', { token, headers: eventStream });
  await expect.poll(() => stream.text).toMatch(/event: hello\n.*\n\nid: \w+:1\n/s);
  const back = await operating.followText('/admin/events?since=2001-01-01T00:00:00Z', {
    headers: { ...eventStream, 'last-event-id': `${(await page('?limit=1')).epoch}:5` },
  });
  await expect.poll(() => back.text).toMatch(/event: hello\n.*?\n\nid: \w+:6\n/s);
  expect((await operating.get('/admin/clients')).body.clients).toEqual([]);
  await operating.ask('POST', '/admin/logout', { token });
  await expect.poll(() => stream.isOver).toBe(true);
  expect(back.isOver).toBe(false);
  back.close();
});

it('gives past calls by pages, one by one, and as a stream', async () => {
  const records = async () => (await operating.get('/admin/call-history?limit=2')).body.records;
  await expect.poll(async () => (await records()).length).toBe(2);
  const [{ id }] = await records();
  expect((await operating.get(`/admin/call-history/${id}`)).body).toMatchObject({
    id,
    legs: expect.any(Array),
  });
  const gone = await operating.get('/admin/call-history/00000000-0000-0000-0000-000000000000');
  expect([gone.status, gone.body.code]).toEqual([404, 'E_NOT_FOUND']);
  const csv = await operating.get('/admin/call-history', { headers: { accept: 'text/csv' } });
  expect(csv.body).toMatch(/^id,callId,source,.*\r\n/);
});

it('ends its streams at once when the daemon stops, and describes what it gives', async () => {
  const stream = await operating.followText('/admin/events', { headers: eventStream });
  await expect.poll(() => stream.text).toContain('event: hello');
  const began = performance.now();
  await rig.daemon.stop();
  await expect.poll(() => stream.isOver).toBe(true);
  expect(performance.now() - began).toBeLessThan(4000);
  await rig.startDaemon();
  const { body } = await operating.get('/admin/openapi.json');
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(['/admin/events', '/admin/call-history', '/admin/call-history/{id}']),
  );
});
