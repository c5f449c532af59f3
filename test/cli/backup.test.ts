import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, Shell } from './kit.ts';
import { viewerEnvironment } from './viewer.ts';

let rig: RelayRig;
let shell: Shell;
let operating: Operating;

beforeAll(async () => {
  rig = await RelayRig.start();
  shell = new Shell(rig.home);
  operating = new Operating(rig);
});
afterAll(() => rig.stop());

const backups = () => (existsSync(join(rig.home, 'backups')) ? readdirSync(join(rig.home, 'backups')) : []);

describe('backup', () => {
  it('says what it would do, and does nothing', async () => {
    const { code, stdout } = await shell.run(['backup', '--dry-run']);
    expect(code).toBe(8);
    expect(stdout).toMatch(
      /^Nothing was changed\. Without --dry-run a backup of [\d.]+ \w+ would be made in /,
    );
    const { data } = documentOf(await shell.run(['backup', '--dry-run', '--json']));
    expect(data).toMatchObject({ dryRun: true, wouldChange: true, manifest: null });
    expect(data.folder.startsWith(join(rig.home, 'backups'))).toBe(true);
    expect(backups()).toEqual([]);
    expect(await operating.audited('?action=backup')).toEqual([]);
  });

  it('makes one, and says where it is and how it comes back', async () => {
    const { code, stdout, stderr } = await shell.run(['backup']);
    expect(code).toBe(0);
    const folder = join(rig.home, 'backups', backups()[0] ?? '');
    expect(stdout).toContain(`The backup is in ${folder} (`);
    expect(stderr).toContain(`3cx-relay restore ${folder}`);
    const named = await shell.json('backup', '--to', join(rig.home, 'elsewhere'));
    expect(named.folder.startsWith(join(rig.home, 'elsewhere'))).toBe(true);
    expect(JSON.parse(readFileSync(join(named.folder, 'manifest.json'), 'utf8'))).toEqual(named.manifest);
    const { stdout: row } = await shell.run(['backup', '--plain', '--to', join(rig.home, 'third')]);
    expect(row).toMatch(/^\/\S+\/third\/\w+\t\d+\n$/);
  });

  it('is refused where nothing can be written, also when tried dry', async () => {
    for (const args of [[], ['--dry-run']]) {
      const { code, stdout, stderr } = await shell.run(['backup', '--to', '/proc/none', ...args]);
      expect(stdout).toBe('');
      expect(code).not.toBe(0);
      expect(stderr).toContain('/proc');
    }
  });
});

describe('maintenance', () => {
  it('by the daemon: what would go, then what went', async () => {
    const state = new Sqlite(join(rig.home, 'state.db'));
    state.prepare("INSERT INTO api_requests VALUES (1, 'old', '/relay/me', 200, 1, 1)").run();
    const dry = await shell.run(['maintenance', '--dry-run', '--json']);
    expect(dry.code).toBe(8);
    const { data } = documentOf(dry);
    expect(data).toMatchObject({ dryRun: true, wouldChange: true, by: 'daemon' });
    expect(data.files[0]).toMatchObject({ part: 'state', removed: { api_requests: 1 }, fault: null });
    expect((await shell.run(['maintenance', '--dry-run'])).stdout).toContain('Nothing was changed');
    expect(await operating.audited('?action=maintenance')).toEqual([]);
    const count = state.prepare("SELECT count(*) FROM api_requests WHERE key_id = 'old'").pluck();
    expect(count.get()).toBe(1);
    expect(await shell.text('maintenance')).toMatch(/^state +sound +1 .*\njournal +sound +0 /m);
    expect(count.get()).toBe(0);
    state.close();
    expect((await shell.run(['maintenance', '--plain'])).stdout).toMatch(/^state\t\t0\t\d+\t\d+\njournal\t/);
  });
});

it('a viewer may do none of it', async () => {
  const environment = await viewerEnvironment(operating);
  for (const args of [['backup'], ['backup', '--dry-run'], ['maintenance'], ['maintenance', '--dry-run']])
    expect((await shell.run(args, { environment })).code, args.join(' ')).toBe(4);
});

describe('restore', () => {
  const newest = () => join(rig.home, 'backups', backups().at(-1) ?? '');

  it('while the daemon runs proves the backup and goes no further', async () => {
    const { code, stderr } = await shell.run(['restore', newest(), '--yes']);
    expect([code, stderr]).toEqual([1, expect.stringContaining("'systemctl stop 3cx-relay'")]);
    const dry = await shell.run(['restore', newest(), '--dry-run', '--json']);
    expect([dry.code, documentOf(dry).data]).toMatchObject([8, { daemonRuns: true, keptAside: [] }]);
    expect((await shell.run(['restore', newest(), '--dry-run'])).stdout).toContain('must be stopped first');
  });

  it('refuses what is no backup, or not as it was made', async () => {
    const none = await shell.run(['restore', rig.home, '--yes']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('(E_BACKUP)')]);
    const spoilt = join(rig.home, 'spoilt');
    mkdirSync(spoilt);
    for (const name of readdirSync(newest()))
      writeFileSync(join(spoilt, name), readFileSync(join(newest(), name)));
    writeFileSync(join(spoilt, 'state.db'), 'changed');
    for (const form of ['--yes', '--dry-run'])
      expect((await shell.run(['restore', spoilt, form])).stderr, form).toContain('Nothing was changed');
  });

  it('asks, brings all back, keeps what was there, and begins a new epoch', async () => {
    const epoch = async () => (await rig.get('/relay/events?limit=1')).body.epoch;
    const before = await epoch();
    await rig.newKey({ name: 'made later', permissions: ['read'] });
    const folder = newest();
    const files = () => readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'latin1')]);
    const asMade = files();
    await rig.daemon.stop();
    const asked = await shell.run(['restore', folder]);
    expect([asked.code, asked.stdout]).toEqual([2, '']);
    expect(asked.stderr).toMatch(/Nobody can be asked here.*--yes/s);
    const dry = await shell.run(['restore', folder, '--dry-run', '--json']);
    expect([dry.code, documentOf(dry).data]).toMatchObject([8, { daemonRuns: false }]);
    expect(files()).toEqual(asMade);

    const { keptAside, manifest } = await shell.json('restore', folder, '--yes');
    expect(manifest.files).toHaveLength(2);
    expect(keptAside.map((file: string) => existsSync(file))).toEqual([true, true]);
    await rig.startDaemon();
    expect(await epoch()).not.toBe(before);
    expect(rig.daemon.keys.list().map(({ name }) => name)).toEqual(['test']);
    const [row] = await operating.audited('?action=backup.restore');
    expect(row).toMatchObject({ via: 'cli', subject: folder, outcome: 'ok' });
    expect((await operating.get('/admin/audit/verify')).body.fault).toBeNull();
  });
});

describe('without a daemon', () => {
  it('a backup is not made, maintenance is done on the files', async () => {
    await rig.daemon.stop();
    expect((await shell.run(['backup'])).code).toBe(3);
    expect(await shell.json('maintenance')).toMatchObject({
      by: 'command',
      files: [
        { part: 'state', fault: null },
        { part: 'journal', fault: null },
      ],
    });
    const nowhere = await new Shell(join(rig.home, 'nowhere')).run(['maintenance']);
    expect([nowhere.code, nowhere.stderr]).toEqual([5, expect.stringContaining('(E_NOT_FOUND)')]);
  });

  it('damage is told with what to do, and ends with 1', async () => {
    const journal = join(rig.home, 'journal.db');
    const good = readFileSync(journal);
    writeFileSync(journal, 'no database, but long enough to be taken for one. '.repeat(100));
    const { code, stdout } = await shell.run(['maintenance']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^journal +DAMAGED/m);
    expect(stdout).toContain('The next start of the daemon moves it aside');
    writeFileSync(journal, good);
    await rig.startDaemon();
  });
});
