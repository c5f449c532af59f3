import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, type Outcome, Shell } from './kit.ts';
import { hasTerminal, Terminal } from './terminal.ts';

let rig: RelayRig;
let operating: Operating;
let shell: Shell;
/** The same socket, from where the operator token is not beside it. */
let elsewhere: string;
let file: string;
beforeAll(async () => {
  rig = await RelayRig.start();
  operating = new Operating(rig);
  shell = new Shell(rig.home);
  mkdirSync(join(rig.home, 'elsewhere'));
  elsewhere = join(rig.home, 'elsewhere', 'control.sock');
  symlinkSync(operating.socketPath, elsewhere);
  file = join(rig.home, 'xdg-state', '3cx-relay', 'logins.json');
  await operating.login('anna', 'admin');
  await operating.login('vera', 'viewer');
});
afterAll(() => rig.stop());

function logIn(name: string, password = PASSWORD, ...more: string[]): Promise<Outcome> {
  return shell.run(['login', '--name', name, '--password-stdin', ...more], { input: `${password}\n` });
}

function errorOf({ stderr }: Outcome): { code: string; message: string; hint: string } {
  return JSON.parse(stderr).error;
}

describe('somebody who logs in', () => {
  it('is kept in a file of his own, told who he is, and logs out for good', async () => {
    const { data } = documentOf(await logIn('vera', PASSWORD, '--json'));
    expect(data).toMatchObject({ name: 'vera', role: 'viewer', file });
    expect(Date.parse(data.expiresAt) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const [{ token }] = Object.values<{ token: string }>(JSON.parse(readFileSync(file, 'utf8'))) as [
      { token: string },
    ];

    expect(await shell.text('whoami')).toMatch(/^name +vera\nrole +viewer: .*\nby +login\nuntil +20/);
    expect((await shell.text('whoami', '--plain')).split('\n')[0]).toBe('name\tvera');
    expect(await shell.json('whoami')).toEqual({
      ...{ name: 'vera', role: 'viewer', via: 'login', claimedUser: null, expiresAt: data.expiresAt, file },
    });

    expect(await shell.text('logout')).toBe('vera is logged out.\n');
    expect(existsSync(file)).toBe(false);
    expect((await operating.get('/admin/whoami', { token })).status).toBe(401);
    expect(await shell.json('logout')).toEqual({ name: null, file });
  });

  it('takes the password from a file as well', async () => {
    const kept = join(rig.home, 'password');
    writeFileSync(kept, PASSWORD, { mode: 0o600 });
    const { code, stdout } = await shell.run(['login', '--name', 'anna', '--password-file', kept]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^You are logged in as anna \(admin\) until 20/),
    ]);
    await shell.text('logout');
  });

  it('at a daemon that has forgotten the login is told so, once, and can log out all the same', async () => {
    await logIn('vera', PASSWORD, '--socket', elsewhere);
    const { id } = (await operating.get('/admin/users')).body.users.find(
      ({ name }: { name: string }) => name === 'vera',
    );
    await operating.ask('PATCH', `/admin/users/${id}`, { body: { password: PASSWORD } });
    const refused = await shell.run(['whoami', '--socket', elsewhere, '--json']);
    expect([refused.code, errorOf(refused).code]).toEqual([4, 'E_LOGIN_NEEDED']);
    expect(existsSync(file)).toBe(false);
    const out = await shell.run(['logout', '--socket', elsewhere]);
    expect([out.code, out.stdout]).toEqual([0, 'You were not logged in.\n']);
  });

  it('who has the operator token needs no login', async () => {
    const me = await shell.json('whoami');
    expect(me).toMatchObject({ name: 'operator', role: 'admin', via: 'operator-token', expiresAt: null });
    expect(me.file).toBe(join(rig.home, 'operator.token'));
    expect(await shell.text('whoami')).toMatch(/by +the operator token, as \w+\nuntil +the daemon stops/);
  });

  it('is told what to do when nobody can be asked, or too much is given', async () => {
    const wrong = [
      { args: ['login'], hint: /--name/ },
      { args: ['login', '--name', 'anna'], hint: /--password-stdin or --password-file/ },
      { args: ['login', '--name', 'anna', '--password-stdin', '--password-file', 'x'], hint: /one of/ },
      { args: ['login', '--name', 'anna', '--password-file', '/nowhere'], code: 1, hint: /may read/ },
      { args: ['login', '--name', 'anna', '--password-stdin'], input: 'a\nb\n', hint: /one line/ },
      { args: ['login', '--name', 'anna', '--password-stdin'], input: '', hint: /one line/ },
    ];
    for (const { args, hint, code = 2, input } of wrong) {
      const outcome = await shell.run([...args, '--json'], input === undefined ? {} : { input });
      expect([outcome.code, outcome.stdout, errorOf(outcome).hint]).toEqual([
        ...[code, '', expect.stringMatching(hint)],
      ]);
    }
  });
});

describe.runIf(hasTerminal)('at a terminal', () => {
  it('name and password are asked for, and the password is not shown', async () => {
    const terminal = new Terminal(rig.home, 'login', 'stty -a');
    await terminal.answers('Name: ', 'anna\r');
    await terminal.answers('Password of anna: ', `${PASSWORD}x\x7f\r`);
    await terminal.shows(/You are logged in as anna/);
    expect(await terminal.end).toBe(0);
    expect(terminal.shown).not.toContain('correct');
    expect(terminal.shown).toMatch(/[^-]icanon\b[\s\S]*[^-]echo\b/);
    await shell.text('logout');
  });

  it('Ctrl-C stops it as it stops everything, and leaves the terminal as it was', async () => {
    const terminal = new Terminal(rig.home, 'login --name anna', 'stty -a');
    await terminal.answers('Password of anna: ', 'corr\x03');
    expect(await terminal.end).toBe(130);
    expect(terminal.shown).not.toContain('corr');
    expect(terminal.shown).toMatch(/[^-]icanon\b[\s\S]*[^-]echo\b/);
  });

  it('Ctrl-D changes nothing, and --no-input asks nothing', async () => {
    const left = new Terminal(rig.home, 'login --name anna');
    await left.answers('Password of anna: ', '\x04');
    expect(await left.end).toBe(1);
    expect(left.shown).toContain('E_CANCELLED');
    const silent = new Terminal(rig.home, 'login --name anna --no-input');
    expect(await silent.end).toBe(2);
    expect(silent.shown).not.toContain('Password of');
  });
});

it('the daemon away is exit 3; a logout then cleans up here at least', async () => {
  await logIn('vera');
  await rig.daemon.stop();
  try {
    expect((await logIn('vera')).code).toBe(3);
    expect((await shell.run(['whoami'])).code).toBe(3);
    const out = await shell.run(['logout', '--json']);
    expect([out.code, errorOf(out).code, errorOf(out).message]).toEqual([
      ...[3, 'E_DAEMON_AWAY', expect.stringMatching(/removed here/)],
    ]);
    expect(existsSync(file)).toBe(false);
  } finally {
    await rig.startDaemon();
  }
});

it('password and token stand in no output, log line, audit row or list of processes', async () => {
  const kept = join(rig.home, 'canary');
  const secret = 'canary in the coal mine';
  writeFileSync(kept, secret);
  const child = shell.start(['login', '--name', 'anna', '--password-file', kept, '--verbose']);
  const running = ['cmdline', 'environ'].map(name => readFileSync(`/proc/${child.pid}/${name}`, 'utf8'));
  await new Promise(resolve => child.on('close', resolve));
  const outcomes = [
    await logIn('anna', secret, '--verbose'),
    await logIn('anna', PASSWORD, '--verbose', '--json'),
  ];
  const { token } = Object.values<{ token: string }>(JSON.parse(readFileSync(file, 'utf8')))[0] ?? {
    token: '',
  };
  expect(token).not.toBe('');
  outcomes.push(await shell.run(['whoami', '--json', '--verbose']));
  const told = JSON.stringify([outcomes, running, rig.logged, await operating.audited()]);
  for (const text of [secret, PASSWORD, token]) expect(told.includes(text)).toBe(false);
  await shell.text('logout');
});

it('a wrong password and an unknown name are told alike; then the door is locked, and when it opens is told', async () => {
  const refused = [
    await logIn('anna', 'not this one', '--json'),
    await logIn('nobody', 'not this one', '--json'),
  ];
  expect(refused.map(({ code }) => code)).toEqual([4, 4]);
  expect(errorOf(refused[0] as Outcome)).toEqual(errorOf(refused[1] as Outcome));
  for (let count = 0; count < 4; count++) await logIn('anna', 'not this one');
  const locked = await logIn('anna', PASSWORD, '--json');
  expect([locked.code, errorOf(locked)]).toEqual([
    1,
    {
      code: 'E_RATE_LIMITED',
      message: expect.any(String),
      hint: expect.stringMatching(/Try again in 1\d min/),
    },
  ]);
  expect(existsSync(file)).toBe(false);
});
