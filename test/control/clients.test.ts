import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
beforeAll(async () => {
  rig = await RelayRig.start({ callsPerMinute: 600 });
  await rig.seesCalls();
  operating = new Operating(rig);
});
afterAll(() => rig.stop());

it('shows connected programs with how far behind they are, and closes one', async () => {
  const socket = rig.connect('?after=0');
  await expect.poll(() => socket.entries.length).toBeGreaterThan(5);
  const { body } = await operating.get('/admin/clients');
  expect(body.clients).toEqual([
    {
      id: socket.of('hello')[0].session,
      kind: 'websocket',
      keyId: expect.stringMatching(/^\w+$/),
      keyName: 'test',
      address: '127.0.0.1',
      connectedAt: expect.any(Number),
      position: expect.any(Number),
      acked: 0,
      lag: expect.any(Number),
      pendingBytes: expect.any(Number),
      sentBytes: expect.any(Number),
      isLive: true,
    },
  ]);
  expect(body.clients[0].sentBytes).toBeGreaterThan(500);
  const { id } = body.clients[0];
  expect((await operating.ask('DELETE', `/admin/clients/${id}`)).status).toBe(204);
  await expect.poll(() => socket.closeCode).toBe(1001);
  await expect.poll(async () => (await operating.get('/admin/clients')).body.clients).toEqual([]);
  const again = rig.connect();
  await expect.poll(() => again.of('hello').length).toBe(1);
  again.close();
  const gone = await operating.ask('DELETE', `/admin/clients/${id}`);
  expect([gone.status, gone.body.code]).toEqual([404, 'E_NOT_FOUND']);
  const rows = await operating.audited('?action=client.close');
  expect(rows.map(({ subject, outcome }) => [subject, outcome])).toEqual([
    [id, 'refused'],
    [id, 'ok'],
  ]);
});

it('shows event streams beside WebSockets, also to watchers, and ends one', async () => {
  const watching = await operating.follow('/admin/watch');
  const stream = await fetch(`${rig.daemon.relayUrl}/relay/events?after=0`, {
    headers: { authorization: `Bearer ${rig.key}`, accept: 'text/event-stream' },
  });
  const reading = stream.text();
  const clients = async () => (await operating.get('/admin/clients')).body.clients;
  await expect.poll(async () => (await clients())[0]?.isLive).toBe(true);
  const [client] = await clients();
  expect(client).toMatchObject({ kind: 'events', keyName: 'test', address: '127.0.0.1', pendingBytes: 0 });
  expect(client.sentBytes).toBeGreaterThan(500);
  await expect.poll(() => watching.of('client').some(line => line.client.id === client.id)).toBe(true);
  expect((await rig.get('/relay/metrics')).body).toContain('\nrelay_clients 1\n');
  expect((await operating.ask('DELETE', `/admin/clients/${client.id}`)).status).toBe(204);
  expect(await reading).toContain('event: hello');
  expect(await clients()).toEqual([]);
  await expect.poll(() => watching.of('clientGone').some(line => line.client.id === client.id)).toBe(true);
  watching.close();
});

it('shows the calls that programs see, whole', async () => {
  const shown = async () => (await operating.get('/admin/calls')).body;
  await expect.poll(async () => (await shown()).calls.length).toBeGreaterThan(0);
  const { calls, stale } = await shown();
  expect(stale).toBe(false);
  expect(calls[0]).toMatchObject({ id: expect.stringMatching(/^3cx:/), legs: expect.any(Array) });
});

it('tells figures: events, memory, loop, journal, cache, requests of each key', async () => {
  await rig.get('/relay/me');
  const stats = async () => (await operating.get('/admin/stats')).body;
  await expect
    .poll(async () => (await stats()).events, { timeout: 8000 })
    .toMatchObject({ perSecondInLastMinute: expect.toSatisfy(count => count > 0) });
  const now = await stats();
  expect(now.memory.rssBytes).toBeGreaterThan(1e7);
  expect(now.loopDelay.windowMs).toBeGreaterThan(500);
  expect(now.loopDelay.maxMs).toBeGreaterThanOrEqual(now.loopDelay.p50Ms);
  expect(now.journal).toMatchObject({ isDurable: true, oldest: 1, epoch: expect.any(String) });
  expect(now.journal.head).toBeGreaterThan(5);
  expect(now.keyCache.hits + now.keyCache.misses).toBeGreaterThan(0);
  expect(now.databasePool).toBeNull();
  await expect
    .poll(async () => (await stats()).requests.lastHour, { timeout: 8000 })
    .toContainEqual(expect.objectContaining({ name: 'test', refused: 0 }));
});
