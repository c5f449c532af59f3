import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operating, PASSWORD } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, type Outcome, Shell } from './kit.ts';
import { hasTerminal, Terminal } from './terminal.ts';

const OTHER = 'another one entirely';
const WOULD_CHANGE = 8;

let rig: RelayRig;
let operating: Operating;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  operating = new Operating(rig);
  shell = new Shell(rig.home);
});
afterAll(() => rig.stop());

/** With a password from stdin. */
function withPassword(args: readonly string[], ...lines: string[]): Promise<Outcome> {
  const input = lines.map(line => `${line}\n`).join('');
  return shell.run([...args, '--password-stdin', '--json'], { input });
}

function errorOf({ code, stderr }: Outcome): [number | null, string, string] {
  const { error } = JSON.parse(stderr);
  return [code, error.code, error.hint];
}

async function mayLogIn(name: string, password: string): Promise<boolean> {
  const { status } = await operating.ask('POST', '/admin/login', { token: null, body: { name, password } });
  return status === 200;
}

it('the first admin is made without root, by the setup token', async () => {
  const setup = join(rig.home, 'setup.token');
  const copy = join(rig.home, 'copy.token');
  writeFileSync(copy, readFileSync(setup));
  mkdirSync(join(rig.home, 'elsewhere'));
  const elsewhere = join(rig.home, 'elsewhere', 'control.sock');
  symlinkSync(operating.socketPath, elsewhere);
  const add = ['users', 'add', 'anna', '--socket', elsewhere];
  expect(errorOf(await withPassword([...add, '--role', 'admin'], PASSWORD))[1]).toBe('E_LOGIN_NEEDED');
  const first = [...add, '--setup-token-file', setup];
  expect(errorOf(await withPassword([...first, '--role', 'viewer'], PASSWORD))[0]).toBe(2);
  const { data } = documentOf(await withPassword([...first, '--role', 'admin'], PASSWORD));
  expect(data).toMatchObject({ name: 'anna', role: 'admin', state: 'active', createdBy: 'setup' });
  expect(existsSync(setup)).toBe(false);
  const late = [...add, '--role', 'admin', '--setup-token-file'];
  expect(errorOf(await withPassword([...late, copy], PASSWORD)).slice(0, 2)).toEqual([4, 'E_LOGIN_NEEDED']);
  expect(errorOf(await withPassword([...late, setup], PASSWORD)).slice(0, 2)).toEqual([1, 'E_FILE']);
});

it('root makes users, and all see who there is', async () => {
  const made = await withPassword(['users', 'add', 'vera', '--role', 'viewer'], PASSWORD);
  expect(documentOf(made).data).toMatchObject({ name: 'vera', role: 'viewer', createdBy: 'operator' });
  expect(await mayLogIn('vera', PASSWORD)).toBe(true);
  const { users } = await shell.json('users', 'list');
  expect(users.map(({ name }: { name: string }) => name)).toEqual(['anna', 'vera']);
  expect(await shell.text('users', 'list')).toMatch(
    /^ID +NAME +ROLE +STATE +LAST LOGIN +MADE BY\n[0-9a-f]{16} +anna +admin +active +- +setup\n/,
  );
  const [plain] = (await shell.text('users', 'list', '--plain')).split('\n');
  expect(plain?.split('\t').slice(1, 4)).toEqual(['anna', 'admin', 'active']);
});

it('a generated password is told once, and works', async () => {
  const { password, name } = await shell.json('users', 'add', 'gina', '--role', 'viewer', '--generate');
  expect(password).toMatch(/^([a-z2-9]{4}-){4}[a-z2-9]{4}$/);
  expect(await mayLogIn(name, password)).toBe(true);
  const told = await shell.text('users', 'password', 'gina', '--generate');
  const [, next = ''] = /^password +(\S+)$/m.exec(told) ?? [];
  expect([await mayLogIn('gina', password), await mayLogIn('gina', next)]).toEqual([false, true]);
  const logs = JSON.stringify([rig.logged, await operating.audited()]);
  expect([logs.includes(password), logs.includes(next)]).toEqual([false, false]);
});

it('what cannot be is refused, by a dry run as well', async () => {
  const cases = [
    { args: ['add', 'vera', '--role', 'viewer'], password: OTHER, code: 1, hint: /already/ },
    { args: ['add', 'Zoe', '--role', 'viewer'], password: OTHER, code: 2, hint: /small letters/ },
    { args: ['add', 'zoe', '--role', 'viewer'], password: 'short', code: 2, hint: /at least 12/ },
    { args: ['password', 'vera'], password: 'short', code: 2, hint: /at least 12/ },
    {
      args: ['password', 'nobody'],
      password: OTHER,
      code: 5,
      hint: /no user nobody; '3cx-relay users list'/,
    },
    { args: ['change', 'anna', '--role', 'viewer'], code: 1, hint: /last admin/ },
    { args: ['change', 'anna', '--disable'], code: 1, hint: /last admin/ },
    { args: ['change', 'nobody', '--disable'], code: 5, hint: /no user nobody/ },
    { args: ['remove', 'anna'], code: 1, hint: /last admin/ },
    { args: ['remove', 'nobody'], code: 5, hint: /no user nobody/ },
  ];
  const tries = cases.flatMap(one => [[], ['--dry-run']].map(more => ({ ...one, more })));
  const tried = tries.map(async ({ args, password, code, hint, more }) => {
    const asks = args[0] === 'remove' ? ['--yes'] : [];
    const line = ['users', ...args, ...asks, ...more];
    const outcome = await (password === undefined
      ? shell.run([...line, '--json'])
      : withPassword(line, password));
    expect([line, outcome.stdout, errorOf(outcome)]).toEqual([
      ...[line, '', [code, expect.any(String), expect.stringMatching(hint)]],
    ]);
  });
  await Promise.all(tried);
  for (const args of [
    ['change', 'vera'],
    ['change', 'vera', '--enable', '--disable'],
    ['remove', 'vera'],
    ['password'],
  ]) {
    expect([args, (await shell.run(['users', ...args])).code]).toEqual([args, 2]);
  }
});

it('a dry run says what would be, with exit 8, and changes nothing', async () => {
  const before = await shell.json('users', 'list');
  const cases = [
    { args: ['add', 'zoe', '--role', 'admin'], data: { name: 'zoe', role: 'admin' } },
    { args: ['change', 'vera', '--role', 'admin'], data: { name: 'vera', role: 'admin' } },
    { args: ['change', 'vera', '--disable'], data: { name: 'vera', state: 'disabled' } },
    { args: ['password', 'vera'], data: { name: 'vera' } },
    { args: ['remove', 'vera'], data: { name: 'vera' } },
  ];
  for (const { args, data } of cases) {
    const outcome = await shell.run(['users', ...args, '--dry-run', '--json']);
    expect([args, outcome.code]).toEqual([args, WOULD_CHANGE]);
    expect(documentOf(outcome).data).toMatchObject({ dryRun: true, wouldChange: true, ...data });
  }
  const same = await shell.run(['users', 'change', 'vera', '--enable', '--dry-run']);
  expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/nothing would change/)]);
  expect(await shell.json('users', 'list')).toEqual(before);
});

it('role and state change, by name and by id, and removing is for good', async () => {
  const { id } = await shell.json('users', 'add', 'ben', '--role', 'viewer', '--generate');
  expect(await shell.json('users', 'change', id, '--role', 'admin')).toMatchObject({
    name: 'ben',
    role: 'admin',
  });
  expect(await shell.text('users', 'change', 'ben', '--disable')).toBe(
    'The user is now: ben (admin, disabled).\n',
  );
  expect(await shell.json('users', 'change', 'ben', '--enable')).toMatchObject({ state: 'active' });
  expect(await shell.json('users', 'remove', 'ben', '--yes')).toMatchObject({ id, name: 'ben' });
  expect((await shell.run(['users', 'remove', id, '--yes'])).code).toBe(5);
});

describe('a viewer who is logged in', () => {
  beforeAll(async () => {
    expect((await withPassword(['login', '--name', 'vera'], PASSWORD)).code).toBe(0);
  });
  afterAll(() => shell.text('logout'));

  it('may look and not change, in a dry run either', async () => {
    expect((await shell.json('users', 'list')).users).toHaveLength(3);
    const deeds = [
      ['add', 'zoe', '--role', 'admin', '--generate'],
      ['change', 'anna', '--role', 'viewer'],
      ['password', 'anna', '--generate'],
      ['remove', 'gina', '--yes'],
    ];
    const tried = deeds.map(async args => {
      for (const more of [[], ['--dry-run']]) {
        const outcome = await shell.run(['users', ...args, ...more, '--json']);
        expect([args, errorOf(outcome).slice(0, 2)]).toEqual([args, [4, 'E_FORBIDDEN']]);
      }
    });
    await Promise.all(tried);
  });

  it('sets a password of his own by the old one; his other logins end and this one goes on', async () => {
    const other = await operating.ask('POST', '/admin/login', {
      token: null,
      body: { name: 'vera', password: PASSWORD },
    });
    const wrong = await withPassword(['users', 'password'], OTHER, 'a third password');
    expect(errorOf(wrong).slice(0, 2)).toEqual([4, 'E_LOGIN_FAILED']);
    expect((await withPassword(['users', 'password'], PASSWORD)).code).toBe(2);
    expect((await withPassword(['users', 'password', '--dry-run'], PASSWORD, OTHER)).code).toBe(WOULD_CHANGE);
    expect(documentOf(await withPassword(['users', 'password'], PASSWORD, OTHER)).data).toEqual({
      name: 'vera',
    });
    expect(await shell.json('whoami')).toMatchObject({ name: 'vera', via: 'login' });
    expect((await operating.get('/admin/whoami', { token: other.body.token })).status).toBe(401);
    expect([await mayLogIn('vera', PASSWORD), await mayLogIn('vera', OTHER)]).toEqual([false, true]);
    const rows = await operating.audited('?action=user.change&actor=vera');
    expect(rows.slice(0, 2).map(({ subject, outcome }) => [subject, outcome])).toEqual([
      ['vera', 'ok'],
      ['vera', 'refused'],
    ]);
  });
});

describe.runIf(hasTerminal)('at a terminal', () => {
  it('a password is asked for twice and not shown; two that differ change nothing', async () => {
    const add = new Terminal(rig.home, 'users add tina --role viewer');
    await add.answers('Password for tina: ', `${PASSWORD}\r`);
    await add.answers('Once more: ', `${PASSWORD}\r`);
    expect(await add.end).toBe(0);
    expect(add.shown).not.toContain('horse');
    expect(await mayLogIn('tina', PASSWORD)).toBe(true);
    const change = new Terminal(rig.home, 'users password tina');
    await change.answers('New password for tina: ', `${OTHER}\r`);
    await change.answers('Once more: ', `${OTHER}x\r`);
    expect(await change.end).toBe(1);
    expect(await mayLogIn('tina', PASSWORD)).toBe(true);
  });

  it('removing asks, and only yes goes on', async () => {
    const no = new Terminal(rig.home, 'users remove tina');
    await no.answers(/Remove the user tina \(viewer\)\? Type yes: /, 'y\r');
    expect(await no.end).toBe(1);
    const yes = new Terminal(rig.home, 'users remove tina');
    await yes.answers(/Type yes: /, 'yes\r');
    expect(await yes.end).toBe(0);
    expect((await shell.run(['users', 'password', 'tina', '--generate'])).code).toBe(5);
  });
});

it('passwords stand in no log line and no audit row, and without a daemon nothing works', async () => {
  const told = JSON.stringify([rig.logged, await operating.audited()]);
  expect([told.includes(PASSWORD), told.includes(OTHER)]).toEqual([false, false]);
  await rig.daemon.stop();
  for (const args of [
    ['list'],
    ['add', 'zoe', '--role', 'viewer', '--generate'],
    ['remove', 'vera', '--yes'],
  ]) {
    const outcome = await shell.run(['users', ...args, '--json']);
    expect([args, errorOf(outcome).slice(0, 2)]).toEqual([args, [3, 'E_DAEMON_AWAY']]);
  }
});
