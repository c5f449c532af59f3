import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { Children } from './children.ts';

let taken: Server;
let takenPort: number;
let children: Children;

beforeEach(async () => {
  taken = createServer(socket => socket.destroy()).listen(0, '127.0.0.1');
  await once(taken, 'listening');
  takenPort = (taken.address() as AddressInfo).port;
  children = new Children();
});
afterEach(() => {
  taken.close();
  children.end();
});

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

it.each([
  ['--port', 'The PBX'],
  ['--control-port', 'The control address'],
  ['--database-port', 'The database'],
])('ends with one sentence when the port of %s is taken', async (option, name) => {
  const { child, output } = children.simulate(option, String(takenPort));
  const [code] = await once(child, 'close');
  expect({ code, stdout: output.stdout }).toEqual({ code: 1, stdout: '' });
  expect(output.stderr).toMatch(new RegExp(`^simulator: ${name} .*${takenPort} .*${option}.*\n$`));
  expect(children.leftovers()).toEqual([]);
});

it('refuses a client id that is somebody’s number, and a past that cannot be', async () => {
  for (const clientId of ['900', '101']) {
    const { child, output } = children.simulate('--client-id', clientId, '--database', 'none');
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(output.stderr).toContain(`client id ${clientId} is the number of `);
  }
  for (const args of [
    ['history', '--days', 'many'],
    ['history', '--days', '-3'],
    ['day', '--count', '1e9'],
  ]) {
    const { child, output } = children.simulate(...args);
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(output.stderr).toMatch(/days|count/);
  }
});

it('ends quietly when it is stopped while it fills its past', async () => {
  taken.close();
  const control = ['--control-port', String(takenPort)];
  const { child, output } = children.simulate(
    'history',
    '--days',
    '3650',
    '--calls-per-day',
    '5000',
    ...control,
  );
  const records = () =>
    fetch(`http://127.0.0.1:${takenPort}/status`).then(
      async response => ((await response.json()) as { records: number }).records,
      () => 0,
    );
  await expect.poll(records, { timeout: 15_000 }).toBeGreaterThan(0);
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect({ code, ...output }).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(children.leftovers()).toEqual([]);
});

it('stops with the npm script it was started by', async () => {
  const { child, output } = children.run(['npm', 'run', '-s', 'simulator', '--', '--database', 'none']);
  await expect.poll(() => output.stdout, { timeout: 15_000 }).toContain('\n');
  const { pbxUrl } = JSON.parse(output.stdout);
  expect(await answers(pbxUrl)).toBe(true);
  child.kill('SIGTERM');
  await expect.poll(() => answers(pbxUrl), { timeout: 5000 }).toBe(false);
});

async function withSimulator(use: (simulator: Simulator) => Promise<void>): Promise<void> {
  const simulator = await startSimulator({ database: 'none' });
  try {
    await use(simulator);
  } finally {
    await simulator.stop();
  }
}

it('comes back when the port that was taken meanwhile is free again', () =>
  withSimulator(async simulator => {
    const { pbxUrl } = simulator.addresses;
    await simulator.breakIt('goDown', { seconds: 0.2 });
    const intruder = createServer(socket => socket.destroy()).listen(
      Number(new URL(pbxUrl).port),
      '127.0.0.1',
    );
    await once(intruder, 'listening');
    const refused = once(intruder, 'connection');
    expect(await answers(pbxUrl)).toBe(false);
    await refused;
    // Long enough for it to try, and to find the port taken, several times.
    const tries = performance.now() + 500;
    await expect.poll(() => performance.now() > tries).toBe(true);
    intruder.close();
    await expect.poll(() => answers(pbxUrl), { timeout: 3000 }).toBe(true);
  }));

it('stays away longer when told so while it is down, and for good when it is stopped', async () => {
  const simulator = await startSimulator({ database: 'none' });
  const { pbxUrl } = simulator.addresses;
  const wentDown = performance.now();
  await simulator.breakIt('goDown', { seconds: 0.1 });
  await simulator.breakIt('goDown', { seconds: 0.6 });
  await expect.poll(() => answers(pbxUrl), { timeout: 3000, interval: 10 }).toBe(true);
  expect(performance.now() - wentDown).toBeGreaterThan(590);

  const down = simulator.breakIt('goDown', { seconds: 0.1 });
  await simulator.stop();
  await down;
  const retaken = createServer().listen(Number(new URL(pbxUrl).port), '127.0.0.1');
  await once(retaken, 'listening');
  retaken.close();
});
