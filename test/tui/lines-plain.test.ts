import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProgramScreen } from '../../scripts/terminal/program-screen.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';
import { Shell } from './terminal-shell.ts';

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

it('tells a break once for each reason, and says when it is over', async () => {
  const run = piped('--follow');
  const heads = (): number => run.stdout.match(/The relay is \w+: /g)?.length ?? 0;
  await vi.waitFor(() => expect(heads()).toBe(1), PATIENCE);
  await rig.daemon.stop();
  // In its place one that only refuses, and counts.
  let tries = 0;
  const refusing = createServer((_, response) => {
    tries += 1;
    response.statusCode = 503;
    response.end(JSON.stringify({ code: 'E_UNAVAILABLE', detail: 'Still starting.' }));
  });
  await once(refusing.listen(join(rig.home, 'control.sock')), 'listening');
  await vi.waitFor(() => expect(tries).toBeGreaterThan(2), { ...PATIENCE, timeout: 25_000 });
  await new Promise(resolve => refusing.close(resolve));
  await rig.startDaemon();
  await vi.waitFor(() => expect(heads()).toBe(2), { ...PATIENCE, timeout: 25_000 });
  const reasons = [...run.stdout.matchAll(/The daemon is away: (.*) Trying again/g)].map(([, why]) => why);
  expect(reasons).toContain('E_UNAVAILABLE: Still starting.');
  expect(reasons.filter((why, index) => why === reasons[index - 1])).toEqual([]);
  run.kill('SIGINT');
  await run.ended;
  expect(run.code).toBe(130);
}, 60_000);

it('ends with code 3 at a terminal when there is no daemon', async () => {
  const home = mkdtempSync(join(tmpdir(), 'relay-nobody-'));
  const desktop = new Desktop({ home, term: 'dumb' });
  expect((await desktop.end).exitCode).toBe(3);
  expect(desktop.sent).toContain('The daemon does not run');
  rmSync(home, { recursive: true, force: true });
});

/** Until the command that runs there has told of a call itself; it says so in other words than the dashboard. */
async function listens(name: string, screen: ProgramScreen): Promise<void> {
  let count = 0;
  await vi.waitFor(
    () => {
      rings(`${name}${++count}`);
      rig.act({ do: 'hangUp', call: `${name}${count}`, by: 'caller' });
      expect(screen.text).toMatch(/call_event/);
    },
    { timeout: 12_000, interval: 200 },
  );
}

it('runs one command after the other when several come at once', async () => {
  const shell = new Shell(rig.home);
  // Then the terminal gives all that was typed in one piece, not line by line.
  shell.type('stty -icanon');
  shell.open('dashboard --plain');
  await vi.waitFor(() => expect(shell.text).toMatch(/The relay is (healthy|degraded)/), PATIENCE);
  shell.press('listen\rkeys list\r');
  await listens('Oscar', shell);
  expect(shell.text).not.toMatch(/test .*active|test .*read/);
  shell.press('ctrl-c');
  await vi.waitFor(() => expect(shell.text).toMatch(/test .*active|test .*read/), PATIENCE);
  shell.press('quit\r');
  await vi.waitFor(() => expect(shell.text).toMatch(/ended with <0>/), PATIENCE);
  await shell.close();
});

describe('what is typed', () => {
  let desktop: Desktop;
  beforeEach(async () => {
    desktop = new Desktop({ home: rig.home, term: 'dumb' });
    await desktop.shows(/The relay is (healthy|degraded)/);
  });
  afterEach(() => desktop.close());

  it('gives Ctrl-C to the command that runs', async () => {
    desktop.press('listen', 'enter');
    await listens('Trent', desktop);
    desktop.press('ctrl-c');
    desktop.press('keys list', 'enter');
    await desktop.shows(/test .*active|test .*read/);
    desktop.press('quit', 'enter');
    expect((await desktop.end).exitCode).toBe(0);
  });

  it('ends the command that runs when it is ended itself', async () => {
    desktop.press('listen', 'enter');
    await listens('Peggy', desktop);
    desktop.kill('SIGTERM');
    expect((await desktop.end).exitCode).toBe(143);
  });

  it('tells what could not be started, and takes the next', async () => {
    desktop.press('calls \u0000', 'enter');
    await desktop.shows(/could not be started/);
    desktop.press('keys list', 'enter');
    await desktop.shows(/test .*active|test .*read/);
    desktop.press('ctrl-c');
    expect((await desktop.end).exitCode).toBe(130);
  });
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
