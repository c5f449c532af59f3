import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RelayRig } from './relay-rig.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
const NIGHT_MS = 8 * 3_600_000;
/** The socket is pinged so often; what was heard last is no older. */
const PING_MS = 5000;

let rig: RelayRig;
beforeEach(async () => {
  rig = await RelayRig.start({}, {}, { sourceLimits: { agentsEveryMs: 500 } });
  await rig.seesCalls();
});
afterEach(() => rig.stop());

/** Makes of what the log holds the entries of a long time ago, as after a night without calls. */
function nightPasses(): void {
  const database = new Sqlite(join(rig.home, 'journal.db'));
  database.prepare('UPDATE journal SET time = time - ?').run(NIGHT_MS);
  database.close();
}

interface Gap {
  scope: string;
  from: number;
  to: number;
  detail: string;
}

async function gapOfTheStart(): Promise<Gap> {
  const gaps = async (): Promise<Gap[]> => {
    const { body } = await rig.get('/relay/events?types=gap&limit=500');
    return body.entries.map((entry: { data: Gap }) => entry.data);
  };
  await expect.poll(async () => (await gaps()).at(-1)?.detail).toBe('The relay was not running.');
  const last = (await gaps()).at(-1);
  if (!last) throw new Error('There is no gap');
  return last;
}

it('tells a gap from where it stopped, however long ago its last entry was', async () => {
  const stoppedAt = Date.now();
  await rig.daemon.stop();
  nightPasses();
  await rig.startDaemon();
  const { from, to } = await gapOfTheStart();
  expect(from).toBeGreaterThan(stoppedAt - PING_MS - 1000);
  expect(from).toBeLessThanOrEqual(stoppedAt + 1000);
  expect(to).toBeGreaterThanOrEqual(from);
});

it('tells it from the last time it made sure, when it was killed', async () => {
  await rig.daemon.stop();
  const startedAt = Date.now();
  const child = spawn(launcher, ['daemon'], {
    env: { ...process.env, ...rig.environment, LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let log = '';
  child.stdout.on('data', chunk => (log += chunk));
  await expect.poll(() => log).toMatch(/"component":"callcontrol","state":"up"/);
  child.kill('SIGKILL');
  await ended;
  nightPasses();
  await rig.startDaemon();
  const { from, to } = await gapOfTheStart();
  expect(from).toBeGreaterThanOrEqual(startedAt);
  expect(to).toBeGreaterThanOrEqual(from);
});

it('tells an outage that was going on when it stopped from its beginning', { timeout: 60_000 }, async () => {
  const { knobs, agents } = rig.simulator.pbx;
  const lostAt = Date.now();
  knobs.turn({ socketStatus: 503 });
  await rig.simulator.breakIt('closeSockets', { code: 1011 });
  await expect
    .poll(async () => (await rig.get('/relay/health')).body.components.callcontrol.state)
    .toBe('down');
  // Agents are asked for by another way, so the log goes on.
  agents.change('101', { profile: 'Away' });
  const newest = async () => (await rig.get('/relay/events?types=agent&limit=500')).body.entries.at(-1);
  await expect.poll(async () => (await newest())?.data.profile, { timeout: 30_000 }).toBe('Away');
  expect((await newest()).time).toBeGreaterThan(lostAt);
  await rig.daemon.stop();
  knobs.reset();
  await rig.startDaemon();
  const { from } = await gapOfTheStart();
  expect(from).toBeLessThanOrEqual(lostAt + 1000);
});

it('counts the list of calls as hearing where call control is not licensed', async () => {
  const { knobs } = rig.simulator.pbx;
  knobs.turn({ licence: 'pro' });
  await rig.simulator.breakIt('closeSockets', { code: 1011 });
  await expect
    .poll(async () => (await rig.get('/relay/health')).body.components.callcontrol.state, { timeout: 20_000 })
    .toBe('degraded');
  // The outage before it is told, from then on the list is heard.
  await expect
    .poll(async () => (await rig.get('/relay/events?types=gap')).body.entries.length)
    .toBeGreaterThan(0);
  const stoppedAt = Date.now();
  await rig.daemon.stop();
  nightPasses();
  await rig.startDaemon();
  expect((await gapOfTheStart()).from).toBeGreaterThan(stoppedAt - PING_MS - 1000);
});

it('tells what was heard last as long as calls come in', async () => {
  rig.act({ do: 'dialIn', call: 'a', from: '+442079460101', did: '+442079460200' });
  rig.act({ do: 'route', call: 'a', to: '101' });
  const events = async () => (await rig.get('/relay/events?types=call_event&limit=500')).body.entries;
  await expect.poll(async () => (await events()).length).toBeGreaterThan(0);
  const { time } = (await events()).at(-1);
  await rig.daemon.stop();
  await rig.startDaemon();
  expect((await gapOfTheStart()).from).toBeGreaterThanOrEqual(time);
});
