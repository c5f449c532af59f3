import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
const PATIENCE = { timeout: 12_000, interval: 20 };
let rig: RelayRig;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterAll(async () => {
  await rig.stop();
});

interface Piped {
  stdout: string;
  code: number | null;
  kill(signal: 'SIGTERM' | 'SIGINT'): void;
  ended: Promise<void>;
}

/** Without a terminal. */
function piped(...args: string[]): Piped {
  const env = { ...process.env, RELAY_HOME: rig.home, NO_COLOR: undefined, FORCE_COLOR: undefined };
  const child = spawn(launcher, ['dashboard', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const run: Piped = { stdout: '', code: null, kill: signal => child.kill(signal), ended };
  child.stdout.setEncoding('utf8').on('data', text => {
    run.stdout += text;
  });
  child.on('close', code => {
    run.code = code;
    resolve();
  });
  return run;
}

function rings(name: string): void {
  rig.act({
    do: 'dialIn',
    call: name,
    from: '+442079460101',
    did: '+442079460200',
    name: `\u001b[2J${name}`,
  });
  rig.act({ do: 'route', call: name, to: '101' });
}

it('tells once how everything is where there is no terminal, and ends', async () => {
  const run = piped();
  await run.ended;
  expect(run.stdout).toMatch(/callcontrol|Call control/);
  expect(run.stdout).not.toContain('\u001b');
  expect([0, 8]).toContain(run.code);
  const json = piped('--json');
  await json.ended;
  expect(JSON.parse(json.stdout)).toMatchObject({
    schema: '3cx-relay/dashboard/1',
    data: expect.any(Object),
  });
});

it('goes on with a sentence for each change when it is followed', async () => {
  const run = piped('--follow');
  await vi.waitFor(() => expect(run.stdout).toMatch(/The relay is (healthy|degraded)/), PATIENCE);
  rings('Eve');
  await vi.waitFor(() => expect(run.stdout).toMatch(/Call from .*Eve.* to .*: ringing\./), PATIENCE);
  rig.act({ do: 'hangUp', call: 'Eve', by: 'caller' });
  await vi.waitFor(() => expect(run.stdout).toMatch(/Eve.*: ended/), PATIENCE);
  expect(run.stdout).not.toContain('+442079460101');
  expect(run.stdout).not.toContain('\u001b');
  run.kill('SIGTERM');
  await run.ended;
  expect(run.code).toBe(143);
});

it('tells a break once for each reason, and then only what is other than before', async () => {
  const run = piped('--follow');
  const heads = () => run.stdout.match(/The relay is \w+: /g) ?? [];
  await vi.waitFor(() => expect(run.stdout).toMatch(/Connection callcontrol is up/), PATIENCE);
  await rig.daemon.stop();
  await vi.waitFor(() => expect(run.stdout).toMatch(/The daemon is away: .*3cx-relay/i), PATIENCE);
  // Long enough for several tries: each is one that finds nobody.
  await refused(3);
  await rig.startDaemon();
  await rig.seesCalls();
  await vi.waitFor(() => expect(heads()).toHaveLength(2), { ...PATIENCE, timeout: 20_000 });
  const reasons = [...run.stdout.matchAll(/The daemon is away: (.*) Trying again/g)].map(([, why]) => why);
  expect(reasons.length).toBeGreaterThan(0);
  expect(new Set(reasons).size).toBe(reasons.length);
  expect(run.stdout.match(/[^ ] Wrong, /g)?.length ?? 0).toBe(0);
  run.kill('SIGINT');
  await run.ended;
});

describe.each<[string, Omit<ConstructorParameters<typeof Desktop>[0], 'home'>]>([
  ['TERM=dumb', { term: 'dumb' }],
  ['--plain', { args: ['dashboard', '--plain'] }],
  ['a screen reader', { environment: { INK_SCREEN_READER: 'true' } }],
])('with %s', (_, opening) => {
  it('tells changes and takes commands, line by line', async () => {
    const desktop = new Desktop({ home: rig.home, ...opening });
    await desktop.shows(/Each change is told/);
    await desktop.shows(/The relay is (healthy|degraded)/);
    rings('Mallory');
    await desktop.shows(/Mallory.*ringing/);
    desktop.press('calls', 'enter');
    await desktop.shows(/101.*|1 call/);
    rig.act({ do: 'hangUp', call: 'Mallory', by: 'caller' });
    await desktop.shows(/Mallory.*: ended/);
    desktop.press('keys list', 'enter');
    await desktop.shows(/test .*active|test .*read/);
    expect(desktop.isOnAlternateScreen).toBe(false);
    expect(desktop.sent).not.toContain('\u001b');
    desktop.press('quit', 'enter');
    expect((await desktop.end).exitCode).toBe(0);
  });
});
