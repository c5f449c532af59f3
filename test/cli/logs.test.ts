import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Common } from '../../src/cli/command.ts';
import { CONTRACTS } from '../../src/cli/contracts/index.ts';
import { type LogLine, printerFor } from '../../src/cli/run/upkeep/log-text.ts';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Shell } from './kit.ts';

let rig: RelayRig;
let shell: Shell;
const children: ChildProcess[] = [];

beforeAll(async () => {
  rig = await RelayRig.start({}, { LOG_LEVEL: '' });
  writeFileSync(join(rig.home, 'relay.env'), 'LOG_LEVEL=debug\n');
  await new Operating(rig).ask('POST', '/admin/reload');
  await rig.get('/relay/me');
  shell = new Shell(rig.home);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rig.stop());

const PATIENCE = { timeout: 15_000, interval: 20 };

// biome-ignore lint/suspicious/noExplicitAny: lines of many shapes
function linesOf(text: string): any[] {
  const lines = text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));
  for (const line of lines) expect(CONTRACTS['logs/1']?.safeParse(line).error).toBeUndefined();
  return lines;
}

function following(...args: string[]) {
  const child = shell.start(['logs', '--follow', ...args]);
  children.push(child);
  const heard = { child, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', text => {
    heard.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', text => {
    heard.stderr += text;
  });
  return heard;
}

it('shows the newest lines: to people, in columns, as JSON', async () => {
  expect(await shell.text('logs')).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d INFO? +daemon: ready {2}relayUrl=http:\S+ epoch=\w+ head=\d+$/im,
  );
  const { stdout } = await shell.run(['logs', '--plain']);
  const ready = stdout.split('\n').find(line => line.includes('\tready\t')) ?? '';
  expect(ready.split('\t').slice(1, 4)).toEqual(['info', 'daemon', 'ready']);
  const lines = linesOf((await shell.run(['logs', '--json'])).stdout);
  expect(lines.find(({ message }) => message === 'ready')).toMatchObject({ level: 'info', part: 'daemon' });
});

it('takes only what was asked for: level, number, age', async () => {
  const debug = linesOf((await shell.run(['logs', '--json', '--limit', '2000'])).stdout);
  expect(new Set(debug.map(({ level }) => level))).toContain('debug');
  const two = linesOf((await shell.run(['logs', '--json', '--level', 'info', '--limit', '2'])).stdout);
  expect(two.map(({ level }) => level)).toEqual(['info', 'info']);
  const none = await shell.run(['logs', '--since', '2099-01-01T00:00:00Z']);
  expect(none).toEqual({ code: 0, stdout: '', stderr: 'There are no such lines.\n' });
  expect(linesOf((await shell.run(['logs', '--json', '--since', '1h'])).stdout).length).toBeGreaterThan(2);
});

it('masks the numbers that a daemon writes whole at debug, and keeps people from being fooled', () => {
  const given = { json: false, plain: false, color: false, 'show-numbers': false } as Common;
  const fields = { from: '+442079460177', deep: [{ to: '02079460188' }], epoch: '914b894a5b173d20ba28995f' };
  const line: LogLine = {
    ...{ id: 1, time: '2026-11-20T15:27:11.771Z', level: 'debug', part: 'threecx' },
    ...{ message: 'rung by +442079460199\u001b[2J', fields },
  };
  for (const form of ['json', 'plain', 'color'] as const) {
    const text = printerFor({ ...given, [form]: form !== 'color' })(line);
    expect(text, form).not.toMatch(/\d{9}/);
    expect(text, form).toMatch(/\*\*\*199.*\*\*\*177.*\*\*\*188.*914b894a5b173d20ba28995f/);
    expect(text, form).not.toContain('\u001b');
    expect(printerFor({ ...given, [form]: form !== 'color', 'show-numbers': true })(line)).toContain(
      '+442079460177',
    );
  }
});

it('refuses what makes no sense', async () => {
  for (const args of [
    ['--limit', '0'],
    ['--limit', '2001'],
    ['--since', 'yesterday'],
    ['--level', 'loud'],
  ]) {
    const { code, stdout, stderr } = await shell.run(['logs', ...args]);
    expect({ code, stdout }, args.join(' ')).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(args[1]);
  }
});

it('follows, says when the daemon goes and comes, and goes on with its lines, each once', async () => {
  const heard = following('--json', '--level', 'info');
  await expect.poll(() => heard.stdout, PATIENCE).toContain('"ready"');
  await new Operating(rig).ask('POST', '/admin/reload');
  await expect.poll(() => heard.stdout, PATIENCE).toContain('configuration read again');
  await rig.daemon.stop();
  await expect.poll(() => heard.stderr, PATIENCE).toContain('The daemon is away, waiting for it.');
  await rig.startDaemon();
  await expect.poll(() => heard.stdout.split('"ready"').length, PATIENCE).toBe(3);
  expect(heard.stderr).toContain('The daemon is back.');
  const ids = linesOf(heard.stdout).map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  heard.child.kill('SIGTERM');
  const [code, signal] = await once(heard.child, 'exit');
  expect(code ?? signal).toBe(143);
});

it('ends quietly when nobody reads any more', async () => {
  const heard = following();
  await expect.poll(() => heard.stdout, PATIENCE).toContain('ready');
  heard.child.stdout?.destroy();
  await expect
    .poll(async () => {
      await new Operating(rig).ask('POST', '/admin/reload');
      return heard.child.exitCode;
    }, PATIENCE)
    .toBe(0);
  expect(heard.stderr).toBe('');
});

it('without a daemon names where its last words are', async () => {
  const home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  for (const args of [['logs'], ['logs', '--follow']]) {
    const { code, stdout, stderr } = await new Shell(home).run(args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('journalctl -u 3cx-relay');
  }
  rmSync(home, { recursive: true });
});
