import { connect } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
beforeEach(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
});
afterEach(() => rig.stop());

/** Rings and is answered. */
function call(): void {
  rig.act({ do: 'dial', call: 'colleague', by: '102', to: '101' });
  rig.act({ do: 'answer', call: 'colleague', dn: '101' });
}

it('begins with a snapshot of all there is', async () => {
  const watching = await operating.follow('/admin/watch');
  await expect.poll(() => watching.lines.length).toBeGreaterThan(0);
  expect(watching.lines[0]).toEqual({
    type: 'snapshot',
    about: (await operating.get('/admin/about')).body,
    components: expect.arrayContaining([
      expect.objectContaining({ component: 'callcontrol', state: 'up', latenciesMs: expect.any(Array) }),
    ]),
    conditions: expect.any(Array),
    calls: [],
    clients: [],
    keys: [expect.objectContaining({ name: 'test', isLive: true })],
    users: [],
    audit: [expect.objectContaining({ action: 'daemon.start', outcome: 'ok' })],
    stats: expect.objectContaining({ openCalls: 0 }),
    past: { stepMs: 10_000, eventsPerSecond: expect.any(Array), openCalls: expect.any(Array) },
    errors: expect.any(Array),
  });
  watching.close();
});

it('then tells each change with the whole object', async () => {
  const watching = await operating.follow('/admin/watch');
  await expect.poll(() => watching.of('snapshot').length).toBe(1);
  call();
  await expect.poll(() => watching.of('call').at(-1)?.call.state).toBe('connected');
  rig.act({ do: 'hangUp', call: 'colleague', by: 'caller' });
  await expect.poll(() => watching.of('callEnded').length).toBe(1);
  const told = watching.of('call').map(line => line.call);
  expect(told.length).toBeGreaterThan(0);
  expect(told[0]).toMatchObject({ id: watching.of('callEnded')[0].call.id, legs: expect.any(Array) });
  expect(watching.of('callEnded')[0].call.state).toBe('ended');

  const socket = rig.connect();
  await expect.poll(() => watching.of('client').length).toBeGreaterThan(0);
  const { id } = watching.of('client')[0].client;
  socket.close();
  await expect.poll(() => watching.of('clientGone').map(line => line.client.id)).toEqual([id]);

  await operating.ask('POST', '/admin/api-keys', { body: { name: 'wall', permissions: ['read'] } });
  await expect.poll(() => watching.of('key').map(line => line.key.name)).toContain('wall');
  await expect.poll(() => watching.of('audit').map(line => line.audit.action)).toContain('key.create');

  rig.daemon.health.errors.note({ code: 'E_WATCH', place: 'here', detail: 'seen' });
  await expect.poll(() => watching.of('error').at(-1)?.error).toMatchObject({ place: 'here', count: 1 });
  rig.daemon.health.conditions.raise('EPOCH_CHANGED', 'to be seen');
  await expect
    .poll(() =>
      watching
        .of('conditions')
        .at(-1)
        ?.conditions.map((one: { code: string }) => one.code),
    )
    .toContain('EPOCH_CHANGED');
  await expect.poll(() => watching.of('stats').length).toBeGreaterThan(1);
  watching.close();
});

it('tells a component that goes down at once', async () => {
  const watching = await operating.follow('/admin/watch');
  await expect.poll(() => watching.of('snapshot').length).toBe(1);
  await rig.simulator.stop();
  const down = () =>
    watching
      .of('component')
      .filter(({ component }) => component.component === 'callcontrol' && component.state === 'down');
  await expect.poll(() => down().length).toBeGreaterThan(0);
  expect(down()[0].component).toMatchObject({ reason: expect.any(String), canReconnect: true });
  watching.close();
});

it('tells the same object four times a second at most, the newest as it is', async () => {
  const watching = await operating.follow('/admin/watch');
  await expect.poll(() => watching.of('snapshot').length).toBe(1);
  const { errors } = rig.daemon.health;
  const began = performance.now();
  let noted = 0;
  while (performance.now() - began < 1200) {
    errors.note({ code: 'E_WATCH', place: 'busy', detail: 'again' });
    noted += 1;
    await new Promise(resolve => setImmediate(resolve));
  }
  await expect.poll(() => watching.of('error').at(-1)?.error.count).toBe(noted);
  const seconds = (performance.now() - began) / 1000;
  expect(noted).toBeGreaterThan(50);
  expect(watching.of('error').length).toBeLessThanOrEqual(4 * seconds + 2);
  watching.close();
});

it('gives events and log lines to those who ask for them', async () => {
  const watching = await operating.follow('/admin/watch?with=events,logs');
  const plain = await operating.follow('/admin/watch');
  await expect.poll(() => watching.of('snapshot').length + plain.of('snapshot').length).toBe(2);
  call();
  await expect.poll(() => watching.of('event').map(line => line.entry.type)).toContain('call_event');
  expect(watching.of('event')[0].entry).toMatchObject({ seq: expect.any(Number), data: expect.any(Object) });
  await operating.ask('POST', '/admin/reload');
  await expect
    .poll(() => watching.of('log').map(line => line.line.message))
    .toContain('configuration read again');
  expect([...plain.of('event'), ...plain.of('log')]).toEqual([]);
  watching.close();
  plain.close();
});

it('ends when the login ends, and says so', async () => {
  const token = await operating.login('vera', 'viewer');
  const watching = await operating.follow('/admin/watch', { token });
  await expect.poll(() => watching.of('snapshot').length).toBe(1);
  await operating.ask('POST', '/admin/logout', { token });
  await expect.poll(() => watching.isOver).toBe(true);
  expect(watching.lines.at(-1)).toMatchObject({ type: 'end', code: 'E_LOGIN_NEEDED' });
});

it('ends when the daemon stops, and begins anew with the next one', async () => {
  const watching = await operating.follow('/admin/watch');
  await expect.poll(() => watching.of('snapshot').length).toBe(1);
  const began = performance.now();
  await rig.daemon.stop();
  expect(performance.now() - began).toBeLessThan(3000);
  await expect.poll(() => watching.isOver).toBe(true);
  expect(watching.lines.at(-1)).toMatchObject({ type: 'end', code: 'E_UNAVAILABLE' });
  await rig.startDaemon();
  const again = await operating.follow('/admin/watch');
  await expect.poll(() => again.of('snapshot').length).toBe(1);
  again.close();
});

it('a state file that cannot be read for a while ends neither the watch nor the relay', async () => {
  const watching = await operating.follow('/admin/watch');
  await expect.poll(() => watching.of('snapshot').length).toBe(1);
  const state = new Sqlite(join(rig.home, 'state.db'));
  state.exec('ALTER TABLE admin_users RENAME TO elsewhere');
  await expect.poll(() => watching.of('error').at(-1)?.error.place).toBe('GET /admin/watch');
  state.exec('ALTER TABLE elsewhere RENAME TO admin_users');
  state.close();
  const before = watching.of('stats').length;
  await expect.poll(() => watching.of('stats').length).toBeGreaterThan(before);
  watching.close();
});

it('beats while nothing happens', async () => {
  const following = await operating.follow('/admin/logs?after=999999');
  await expect.poll(() => following.of('heartbeat').length, { timeout: 14_000 }).toBe(1);
  following.close();
});

it('cuts a reader who does not read, and keeps the others', async () => {
  const reading = await operating.follow('/admin/watch?with=logs');
  const socket = connect(operating.socketPath);
  let isGone = false;
  socket.on('close', () => {
    isGone = true;
  });
  socket.on('error', () => {});
  socket.write(
    `GET /admin/watch?with=logs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${operating.operatorToken}\r\n\r\n`,
  );
  await new Promise(resolve => socket.once('readable', resolve));
  const { errors } = rig.daemon.health;
  let place = 0;
  const cut = (): boolean => rig.logged.some(line => line.includes('a watcher who did not read'));
  while (!cut() && place < 40_000) {
    for (let count = 0; count < 200; count++) {
      place += 1;
      errors.note({ code: 'E_WATCH', place: `place ${place}`, detail: 'x'.repeat(400) });
    }
    await expect
      .poll(() => reading.of('error').some(({ error }) => error.place === `place ${place}`))
      .toBe(true);
  }
  expect(cut()).toBe(true);
  // What was on its way is still to be read; then it ends.
  socket.resume();
  await expect.poll(() => isGone).toBe(true);
  expect(reading.isOver).toBe(false);
  reading.close();
});
