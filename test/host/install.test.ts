import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { documentOf, Shell } from '../cli/kit.ts';
import { hasTerminal, Terminal } from '../cli/terminal.ts';
import { Machine, writeRelease } from './machine.ts';

const SNIPPET = '/var/lib/3cxpbx/Bin/nginx/conf/snippets/60-3cx-relay.conf';
const UNIT = '/etc/systemd/system/3cx-relay.service';
const ENV = '/etc/3cx-relay/relay.env';

let machine: Machine;
let order: string;
beforeEach(() => {
  machine = new Machine();
  const release = machine.release('1.0.0');
  writeFileSync(`${release}-secret`, 's3cret\n', { mode: 0o600 });
  order = `install --from ${release} --fqdn pbx.example.com --client-id relay --client-secret-file ${release}-secret`;
});
afterEach(() => machine.remove());

describe('install', () => {
  it('puts everything there, starts it, and makes the first admin', async () => {
    const said = await machine.says(order);
    expect(said).toContain('Version 1.0.0 is installed');
    expect(said).toContain('The first admin is admin, the password made-once (shown only now).');
    expect(machine.running).toBe('1.0.0');
    expect(machine.read('/opt/3cx-relay/releases/1.0.0/VERSION')).toBe('1.0.0\n');
    expect(machine.read(UNIT)).toContain('ExecStart=/opt/3cx-relay/current/bin/3cx-relay daemon');
    expect(machine.read(SNIPPET)).toContain('proxy_pass http://127.0.0.1:8082;');
    const settings = machine.read(ENV);
    expect(settings).toContain(
      'FQDN=pbx.example.com\nCLIENT_ID=relay\nCLIENT_SECRET_FILE=/etc/3cx-relay/client-secret\n',
    );
    expect(settings).not.toContain('s3cret');
    expect(machine.read('/etc/3cx-relay/client-secret')).toBe('s3cret\n');
    // Held against the rules of the version before it becomes the one.
    const steps = machine.ran.map(line => line.split(' ').slice(0, 2).join(' '));
    expect(steps.indexOf('3cx-relay config')).toBeLessThan(steps.indexOf('systemctl enable'));
    expect(steps.filter(step => step === 'nginx -t')).toHaveLength(2);
  });

  it('changes nothing the second and third time, and says so', async () => {
    await machine.does(order);
    const before = machine.everything();
    for (const line of [order, order.replace(/--fqdn.*/, ''), 'install --repair']) {
      machine.ran.length = 0;
      expect(await machine.says(line)).toBe(
        'Nothing to do: version 1.0.0 is installed and all is as it should be.\n',
      );
      expect(machine.everything()).toEqual(before);
      expect(machine.ran.filter(one => !one.includes(' is-'))).toEqual([]);
    }
  });

  it('tells with --dry-run what it would do, and does none of it', async () => {
    const before = machine.everything();
    const answer = await machine.does(`${order} --dry-run`);
    expect(answer).toMatchObject({ exit: 8, data: { dryRun: true, wouldChange: true, version: '1.0.0' } });
    expect(machine.everything()).toEqual(before);
    expect(machine.ran.filter(one => !one.includes(' is-'))).toEqual([]);
  });

  it.each([
    ['making the user', /^useradd/],
    ['the configuration, by the rules of the version', /^3cx-relay config check/],
    ['reading the unit', /^systemctl daemon-reload/],
    ['nginx, which does not take its configuration', /^nginx -t/],
    ['reloading nginx', /^systemctl reload/],
    ['enabling the service', /^systemctl enable/],
    ['starting the service', /^systemctl restart/],
  ])('puts everything back after a failure of %s; the reason comes last', async (_, broken) => {
    const before = machine.everything();
    machine.broken = broken;
    const failure = await machine.does(order).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'E_HOST', hint: expect.stringContaining('it does not work') });
    expect(withoutTimes(machine.everything())).toEqual(withoutTimes(before));
    expect(machine.running).toBe(null);
  });

  it('counts as failed when it runs and nobody answers', async () => {
    const before = machine.everything();
    machine.sick.add('1.0.0');
    await expect(machine.does(order)).rejects.toMatchObject({
      code: 'E_HOST',
      message: 'Everything was put back as it was before.',
    });
    expect(withoutTimes(machine.everything())).toEqual(withoutTimes(before));
  });

  it('asks nobody where nobody sits: all that is missing is named at once', async () => {
    await expect(machine.does(order.replace(/--fqdn.*/, ''))).rejects.toMatchObject({
      code: 'E_USAGE',
      message: 'Not known: FQDN, CLIENT_ID, CLIENT_SECRET.',
      hint: expect.stringContaining('--fqdn, --client-id, --client-secret-file'),
    });
  });

  it('names all that does not fit before it changes anything', async () => {
    machine.write('/etc/os-release', 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"\n');
    machine.broken = /^port$/;
    await expect(machine.does(order)).rejects.toMatchObject({
      code: 'E_HOST',
      hint: expect.stringMatching(/system: Ubuntu 24\.04.*port: 127\.0\.0\.1:8082 is taken/),
    });
    expect(machine.has('/opt/3cx-relay')).toBe(false);
  });

  it('leaves a configuration that is there as it is, save for what is asked for', async () => {
    machine.write(
      ENV,
      '# mine\nFQDN=old.example.com\nCLIENT_ID=relay # ours\nCLIENT_SECRET=inside\nLOG_LEVEL=debug\n',
    );
    await machine.does(
      `install --from ${machine.release('1.0.0')} --fqdn pbx.example.com --port 8090 --set JOURNAL_MAX_AGE=24h`,
    );
    expect(machine.read(ENV)).toBe(
      '# mine\nFQDN=pbx.example.com\nCLIENT_ID=relay # ours\nCLIENT_SECRET=inside\nLOG_LEVEL=debug\nPORT=8090\nJOURNAL_MAX_AGE=24h\n',
    );
    expect(machine.read(SNIPPET)).toContain('proxy_pass http://127.0.0.1:8090;');
  });

  it('brings back what an update of 3CX took away, and nothing else', async () => {
    await machine.does(order);
    rmSync(join(machine.root, SNIPPET));
    const answer = await machine.does('install --repair');
    const steps = (answer.data as { steps: { piece: string; state: string }[] }).steps;
    expect(steps.filter(({ state }) => state !== 'right').map(({ piece }) => piece)).toEqual(['snippet']);
    expect(machine.has(SNIPPET)).toBe(true);
    expect(machine.ran.filter(line => line.startsWith('systemctl restart'))).toHaveLength(1);
  });

  it('on a machine without 3CX shows the way to its own web server', async () => {
    const alone = new Machine({ has3cx: false });
    try {
      const answer = await alone.does(order);
      expect(answer.data).toMatchObject({ snippet: expect.stringContaining('location /relay/ {') });
      expect(answer.notes?.[0]).toContain('/opt/3cx-relay/current/packaging/nginx/60-3cx-relay.conf');
    } finally {
      alone.remove();
    }
  });

  it('is not the way to another version', async () => {
    await machine.does(order);
    await expect(machine.does(`install --from ${machine.release('2.0.0')}`)).rejects.toMatchObject({
      code: 'E_USAGE',
      hint: expect.stringContaining('3cx-relay upgrade /'),
    });
  });
});

it('by its own program, into a folder: files only, nothing is run', async () => {
  const root = join(machine.root, 'image');
  const release = join(machine.root, 'release');
  mkdirSync(root);
  writeRelease(release, '1.0.0');
  writeFileSync(join(root, 'key'), 's3cret\n');
  const shell = new Shell(machine.root);
  const given = ['--root', root, '--yes', '--json'];
  const flags = ['--from', release, '--fqdn', 'pbx.example.com', '--client-id', 'x'];
  const done = documentOf(
    await shell.run(['install', ...flags, '--client-secret-file', join(root, 'key'), ...given]),
  );
  expect(done.data.steps.filter(({ state }: { state: string }) => state === 'none')).toMatchObject([
    { piece: 'user' },
    { piece: 'snippet' },
    { piece: 'service' },
  ]);
  const { things } = documentOf(await shell.run(['footprint', '--root', root, '--json'])).data;
  expect(things).toContainEqual(expect.objectContaining({ name: UNIT }));
  const again = await shell.run(['install', '--repair', '--root', root, '--yes']);
  expect(again.stdout).toContain('Nothing to do');
  expect((await shell.run(['install', '--root', root, '--yes'])).stderr).toContain('npm run release');
});

it.runIf(hasTerminal)(
  'asks somebody at a terminal for what is missing, and shows what it is going to do',
  async () => {
    const root = join(machine.root, 'image');
    mkdirSync(root);
    const terminal = new Terminal(machine.root, `install --root ${root} --from ${machine.release('1.0.0')}`);
    await terminal.answers('Host name of the phone system', 'pbx.example.com\r');
    await terminal.answers('Client ID of its API integration', 'relay\r');
    await terminal.answers('Its API key (not shown)', 'hidden-key\r');
    await terminal.shows('the configuration /etc/3cx-relay/relay.env');
    await terminal.answers('Do this? Type yes: ', 'yes\r');
    expect(await terminal.end).toBe(0);
    expect(terminal.shown).not.toContain('hidden-key');
    expect(readFileSync(join(root, '/etc/3cx-relay/client-secret'), 'utf8')).toBe('hidden-key\n');
    expect(readFileSync(join(root, ENV), 'utf8')).toContain('FQDN=pbx.example.com\nCLIENT_ID=relay\n');
  },
);

function withoutTimes(all: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(all).map(([name, one]) => [name, one.replace(/ \d+(\.\d+)? /, ' ')]),
  );
}
