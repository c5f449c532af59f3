import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { type Outcome, Shell } from './kit.ts';

const LAUNCHER = join(import.meta.dirname, '../../bin/3cx-relay');
const run = promisify(execFile);
/** Begins what steers a terminal, rings its bell, or turns the line round. */
const STEERING = ['\u001b', '\u0007', '\u202e'];
const CANARY = 'canary-7f3a';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  shell = new Shell(rig.home);
});
afterAll(() => rig.stop());

const place = (name: string): string => join(rig.home, name);

/** Refused as what it is, in words for people. */
function expectRefused({ code, stdout, stderr }: Outcome, exit: number, words: string): void {
  expect({ code, stdout, stderr }).toEqual({
    code: exit,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
  expect(stderr).not.toMatch(/E_UNEXPECTED|\n {4}at /);
}

describe('what was typed where it does not belong', () => {
  it.each([
    [['login', CANARY]],
    [['users', 'password', 'anna', CANARY]],
    [['login', `-p${CANARY}`]],
    [[`-p${CANARY}`, 'login']],
    [[`-p${CANARY}`]],
    [['login', `--password=${CANARY}`]],
    [['login', '--password', CANARY]],
    [[`--token=${CANARY}`, 'status']],
    [['--token', CANARY, 'status']],
  ])('a password is not said again: %j', async args => {
    const { code, stdout, stderr } = await shell.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain(CANARY.slice(1));
  });

  it('a whole key in place of its id is said by its id alone, and so it is written down', async () => {
    const { key, id } = await shell.json('keys', 'create', '--name', 'crm', '--permission', 'write');
    for (const args of [
      ['keys', 'revoke', key, '--yes'],
      ['keys', 'rotate', key],
      ['calls', 'show', key],
      [key],
    ]) {
      const { code, stdout, stderr } = await shell.run([...args, '--json']);
      expect([code === 0, stdout]).toEqual([false, '']);
      expect(stderr).toContain(`rk_${id}_***`);
      expect(stderr).not.toContain(key.slice(0, 20));
    }
    const { rows } = await shell.json('audit', '--action', 'key');
    const [rotated, revoked] = rows;
    expect(rotated).toMatchObject({ action: 'key.rotate', subject: `rk_${id}_***`, outcome: 'refused' });
    expect(revoked).toMatchObject({ action: 'key.revoke', subject: `rk_${id}_***`, outcome: 'refused' });
    expect((await shell.json('audit', 'verify')).fault).toBeNull();
  });

  it('what would steer the terminal does not reach it', async () => {
    const { stderr } = await shell.run(['calls', 'show', '\u001b]0;mine\u0007\u202etxt.exe']);
    expect(stderr).toContain('There is no such thing (E_NOT_FOUND)\n');
    expect(STEERING.filter(one => stderr.includes(one))).toEqual([]);
  });
});

describe('what a script gets wrong', () => {
  it.each([
    ['an empty place', ['history', 'show', ''], '<id> is empty.'],
    ['an empty filter, which would be none', ['listen', '--no-follow', '--dn', ''], '--dn is empty.'],
    ['an empty number, which would be 0', ['listen', '--no-follow', '--after', ''], '--after is empty.'],
    ['an empty folder, which would be this one', ['backup', '--to', ''], '--to is empty.'],
    ['a number in other clothes', ['errors', '--limit', '0x10'], '--limit must be a number'],
    ['a day that no month has', ['errors', '--since', '2026-02-30'], '2026-02-30'],
    ['two formats at once', ['history', '--csv', '--json'], 'CSV is no JSON'],
    ['a name like an option', ['calls', 'show', '--', '-x'], 'begins with \\"-\\"'],
  ])('%s', async (_, args, words) => {
    expectRefused(await shell.run(['--json', ...args]), 2, words);
  });

  it('an error is JSON for whoever asked for it in any form', async () => {
    const { stderr } = await shell.run(['nothing', '--json=true']);
    expect(JSON.parse(stderr).error.code).toBe('E_USAGE');
  });

  it('what stands behind -- is taken as a word', async () => {
    const { code, stderr } = await shell.run(['calls', 'show', '--json', '--', 'no-such-call']);
    expect([code, JSON.parse(stderr).error.code]).toEqual([5, 'E_NOT_FOUND']);
    expectRefused(await shell.run(['status', '--', 'x']), 2, 'status takes options only');
  });

  it('a month is a time that one may wait', async () => {
    expect(await shell.run(['status', '--timeout', '30d', '--json'])).toMatchObject({ stderr: '' });
  });
});

describe('files that are none', () => {
  it('a pipe is written into and stays one, a link is followed, and a folder is refused', async () => {
    const pipe = place('pipe');
    await run('mkfifo', [pipe]);
    const reading = shell.run(['history', '--csv', '--output', pipe]);
    expect(await readFile(pipe, 'utf8')).toMatch(/^id,/);
    expect([(await reading).code, statSync(pipe).isFIFO()]).toEqual([0, true]);

    const [target, link] = [place('target'), place('link')];
    writeFileSync(target, 'before');
    symlinkSync(target, link);
    await shell.run(['history', '--csv', '--output', link]);
    expect([readlinkSync(link), readFileSync(target, 'utf8')]).toEqual([
      target,
      expect.stringMatching(/^id,/),
    ]);

    expectRefused(await shell.run(['history', '--csv', '--output', rig.home]), 1, 'it is a folder');
    expect(existsSync(`${rig.home}.partial`)).toBe(false);
  });

  it('a password is read from no device that never ends, and a backup from no pipe', async () => {
    const endless = await shell.run([
      'users',
      'add',
      'anna',
      '--role',
      'viewer',
      '--password-file',
      '/dev/zero',
    ]);
    expectRefused(endless, 1, '/dev/zero cannot be read');
    mkdirSync(place('no-backup'));
    await run('mkfifo', [place('no-backup/manifest.json')]);
    expectRefused(await shell.run(['restore', place('no-backup'), '--yes']), 1, 'no backup');
  });

  it('a backup goes into no file', async () => {
    writeFileSync(place('file'), '');
    for (const args of [['backup'], ['backup', '--dry-run']]) {
      expectRefused(await shell.run([...args, '--to', place('file')]), 2, 'is no folder');
    }
  });

  it.each([['status'], ['history --csv'], ['audit --json']])(
    'a full disk is told in words: %s',
    async line => {
      const command = `exec "${LAUNCHER}" ${line} > /dev/full`;
      const env = { ...process.env, RELAY_HOME: rig.home };
      const failed = run('/bin/sh', ['-c', command], { env });
      const stderr = expect.stringMatching(/The output cannot be written \(ENOSPC\)/);
      await expect(failed).rejects.toMatchObject({ code: 1, stderr });
      await expect(failed).rejects.not.toHaveProperty('stderr', expect.stringMatching(/\n {4}at /));
    },
  );
});

describe('a file of logins that somebody spoiled', () => {
  const logins = (): string => join(place('xdg-state'), '3cx-relay', 'logins.json');

  it.each([
    null,
    5,
    { name: 'anna', token: 5 },
    { name: 'anna', token: 'two\nlines', expiresAt: 9e12 },
    { name: 'anna', token: 'stale', expiresAt: 9e12 },
  ])('is as good as none: %j', async login => {
    mkdirSync(join(place('xdg-state'), '3cx-relay'), { recursive: true });
    writeFileSync(logins(), JSON.stringify({ [place('control.sock')]: login }));
    expect((await shell.json('whoami')).via).toBe('operator-token');
  });
});
