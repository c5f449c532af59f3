import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { styleFor } from '../../src/cli/output/style.ts';
import { humanReport, plainRows } from '../../src/cli/run/health/doctor-view.ts';
import type { CheckReport, DoctorReport } from '../../src/shared/conditions/doctor-report.ts';
import { documentOf } from '../cli/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Practice } from './kit.ts';

const root = join(import.meta.dirname, '../..');
let practice: Practice;

beforeAll(async () => {
  practice = await Practice.open();
});
afterAll(() => practice.close());

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function doctor(args: string[], variables: Record<string, string> = {}, stdin = ''): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const child = execFile(
    process.execPath,
    [join(root, 'src/cli/main.ts'), 'doctor', ...args],
    { env: { PATH: process.env['PATH'], ...practice.environment, ...variables } },
    (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
  );
  child.stdin?.end(stdin);
  return promise;
}

describe('3cx-relay doctor', () => {
  it('tells people what is found in 80 columns, without colour where nobody looks, and ends with 0', async () => {
    const { code, stdout, stderr } = await doctor([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.filter(line => line.length > 80)).toEqual([]);
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toMatch(/^ok {7}token {11}a token was given/m);
    expect(stdout).toMatch(
      /^WARNING {2}daemon {10}DAEMON_STOPPED\n {9}seen .+\n {9}why {2}.+\n {9}do {3}'systemctl start/m,
    );
    expect(stdout).toMatch(/\d+ checks in [\d.]+ s, daemon stopped: \d+ ok, \d+ with a warning, 0 failing/);
    expect(readdirSync(practice.home), 'and leaves nothing behind').toEqual([]);
  });

  it('paints only when it is let: FORCE_COLOR does, --no-color does not', async () => {
    const quick = { CLIENT_ID: '', FORCE_COLOR: '1' };
    expect((await doctor([], quick)).stdout).toContain('\u001b[31mFAIL');
    expect((await doctor(['--no-color'], quick)).stdout).not.toContain('\u001b');
  });

  it('ends with 8 when something fails, and tells scripts in one document', async () => {
    const { code, stdout } = await doctor(['--json'], { CLIENT_SECRET: 'canary-wrong' });
    const { schema, data } = documentOf({ code, stdout, stderr: '' });
    expect({ code, schema, result: data.result }).toEqual({
      code: 8,
      schema: '3cx-relay/doctor/1',
      result: 'fail',
    });
    const [token] = data.checks.filter(({ name }: { name: string }) => name === 'token');
    expect(token).toEqual({
      name: 'token',
      looksAt: expect.any(String),
      result: 'fail',
      code: 'TOKEN_SECRET_REFUSED',
      evidence: [expect.stringContaining('401')],
      cause: expect.any(String),
      fix: expect.stringContaining('Integrations > API'),
      durationMs: expect.any(Number),
    });
    expect(stdout).not.toContain('canary');
  });

  it('gives stable columns with --plain, also of a configuration that is wrong', async () => {
    const { code, stdout } = await doctor(['--plain'], { CLIENT_ID: '' });
    expect(code).toBe(8);
    const rows = stdout
      .replace(/\n$/, '')
      .split('\n')
      .map(line => line.split('\t'));
    expect(new Set(rows.map(({ length }) => length))).toEqual(new Set([5]));
    expect(rows[0]?.slice(0, 3)).toEqual(['fail', 'config', 'CONFIG_INVALID']);
  });

  it('refuses a key file that is none, before it looks at anything', async () => {
    const missing = await doctor(['--json', '--key-file', '/nowhere/key']);
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stderr).error.code).toBe('E_FILE');
    const file = join(practice.home, 'key.txt');
    writeFileSync(file, 'two words\n');
    expect((await doctor(['--key-file', file])).code).toBe(2);
    expect((await doctor(['--key-stdin'], {}, '')).code).toBe(2);
  });
});

describe('while a daemon runs', () => {
  let rig: RelayRig;
  beforeAll(async () => {
    rig = await RelayRig.start();
    await rig.seesCalls();
  });
  afterAll(() => rig.stop());

  /** As in relay.env: where the daemon listens was not known before. */
  const beside = (): Record<string, string> => ({
    ...rig.environment,
    PORT: new URL(rig.daemon.relayUrl).port,
    XDG_STATE_HOME: rig.home,
  });
  // biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
  const checkOf = ({ stdout }: Outcome, name: string): any =>
    JSON.parse(stdout).data.checks.find((check: CheckReport) => check.name === name);

  it('asks it, because it holds the token and has seen more; a key is tried as a program uses it', async () => {
    const [told, text] = await Promise.all([
      doctor(['--json', '--key-stdin'], beside(), rig.key),
      doctor([], beside()),
    ]);
    const { data } = documentOf(told);
    expect(data).toMatchObject({ seenFrom: 'inside', daemon: 'running' });
    for (const name of ['token', 'role', 'socket', 'token-holder', 'key'])
      expect(checkOf(told, name), name).toMatchObject({ code: 'OK' });
    expect(checkOf(told, 'key').evidence.join()).toContain('brought hello');
    expect(text.stdout).toMatch(/daemon running, seen from\s+inside: \d+ ok/);
  });

  it('looks from outside where it may not ask, says so, and leaves the token alone', async () => {
    // Another way to the same socket, with no operator token beside it.
    const socket = join(rig.home, 'else', 'control.sock');
    mkdirSync(dirname(socket));
    symlinkSync(join(rig.home, 'control.sock'), socket);
    const silent = createServer().listen(join(rig.home, 'else', 'silent.sock'));
    const [outcome, hanging] = await Promise.all([
      doctor(['--json', '--socket', socket], beside()),
      doctor(['--json', '--socket', join(rig.home, 'else', 'silent.sock')], beside()),
    ]);
    silent.close();
    expect(documentOf(hanging).data).toMatchObject({ seenFrom: 'outside' });
    expect(hanging.stderr).toMatch(/The daemon was not asked.+E_TIMED_OUT/);
    expect(documentOf(outcome).data).toMatchObject({ seenFrom: 'outside', daemon: 'running' });
    expect(checkOf(outcome, 'token')).toMatchObject({ code: 'SKIPPED' });
    expect(outcome.stderr).toMatch(/The daemon was not asked.+E_LOGIN_NEEDED/);
  });
});

describe('the report', () => {
  const check: CheckReport = {
    name: 'version',
    looksAt: 'x',
    result: 'warning',
    code: 'VERSION_UNKNOWN',
    evidence: [`\u001b[31mred\u0007 and ${'long'.repeat(60)}`],
    cause: 'because',
    fix: 'do\tthis',
    durationMs: 1,
  };
  const report: DoctorReport = {
    result: 'warning',
    daemon: 'stopped',
    version: '0',
    startedAt: '',
    durationMs: 1,
    checks: [check],
  };

  it('lets nothing from elsewhere steer the terminal and cuts what is too long', () => {
    const text = humanReport(report, {
      seenFrom: 'outside',
      isVerbose: true,
      style: styleFor({ color: false }),
    });
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
    expect(text.split('\n').filter(line => line.length > 80)).toEqual([]);
    expect(plainRows(report)[0]).toHaveLength(5);
  });
});
