import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathsUnder } from '../../../shared/paths.ts';
import { Continuity } from '../../core/log/continuity.ts';
import { lockInstance } from '../../instance-lock.ts';
import { openDatabase } from '../database.ts';
import { readSchema } from '../schema-text.ts';
import { type Backup, backUp } from './backup.ts';
import { restore } from './restore.ts';
import { finishRestore, planRestore, stagedName } from './restore-plan.ts';

const schema = readSchema();
const NOW = Date.UTC(2026, 10, 20, 12, 0, 0, 5);
let home: string;
let paths: ReturnType<typeof pathsUnder>;
let backups: string;
let state: Database;
let journal: Database;

function open(): void {
  state = openDatabase({ path: paths.stateFile, part: 'state', schema });
  journal = openDatabase({ path: paths.journalFile, part: 'journal', schema });
}

function close(): void {
  state.close();
  journal.close();
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'relay-backup-'));
  paths = pathsUnder(home);
  backups = join(home, 'backups');
  open();
  addKey('kept');
  addEntries(1, 2000);
});
afterEach(() => {
  close();
  rmSync(home, { recursive: true, force: true });
});

function addKey(id: string): void {
  state
    .prepare(
      "INSERT INTO api_keys (id, name, hash, permissions, created_at, created_by) VALUES (?, ?, 'h', '[]', 0, 'test')",
    )
    .run(id, id);
}

function addEntries(from: number, to: number): void {
  const put = journal.prepare("INSERT INTO journal VALUES (?, 0, 'call', '3cx', '', ?)");
  journal.transaction(() => {
    for (let seq = from; seq <= to; seq++) put.run(seq, 'x'.repeat(500));
  })();
}

function epochNow(): { epoch: string; whyNew: string | null } {
  const { epoch, whyNew } = new Continuity({
    ...{ database: journal, markFile: paths.journalMarkFile, bootId: 'boot' },
  });
  return { epoch, whyNew };
}

const parts = () => [
  { part: 'state' as const, database: state },
  { part: 'journal' as const, database: journal },
];
const backup = (now = NOW): Promise<Backup> =>
  backUp({ parts: parts(), folder: backups, now, program: '9.9.9' });
const head = (): unknown => journal.prepare('SELECT max(seq) FROM journal').pluck().get();
const keyIds = (): unknown[] => state.prepare('SELECT id FROM api_keys ORDER BY id').pluck().all();
const mode = (file: string): string => (statSync(file).mode & 0o777).toString(8);

describe('a backup', () => {
  it('is one consistent copy of each file, taken while they are written, closed to others', async () => {
    const making = backup();
    addEntries(2001, 2500);
    const { folder, manifest } = await making;
    expect(folder).toBe(join(backups, '20261120T120000005Z'));
    expect(readdirSync(backups)).toEqual(['20261120T120000005Z']);
    expect(readdirSync(folder).toSorted()).toEqual(['journal.db', 'manifest.json', 'state.db']);
    expect([mode(folder), ...readdirSync(folder).map(name => mode(join(folder, name)))]).toEqual([
      '700',
      ...['600', '600', '600'],
    ]);
    expect(manifest).toMatchObject({
      ...{ format: 1, program: '9.9.9', createdAt: '2026-11-20T12:00:00.005Z' },
      files: [
        { part: 'state', version: 1, bytes: statSync(join(folder, 'state.db')).size },
        { part: 'journal', version: 1 },
      ],
    });
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest);
  });

  it('that was killed leaves nothing that counts, and the next one clears it away', async () => {
    mkdirSync(join(backups, '20261119T120000000Z.partial'), { recursive: true });
    await backup();
    expect(readdirSync(backups)).toEqual(['20261120T120000005Z']);
  });

  it('says what is in the way, and leaves nothing half done', async () => {
    writeFileSync(backups, 'no folder');
    await expect(backup()).rejects.toMatchObject({ code: expect.stringMatching(/E/) });
    rmSync(backups);
    await backup();
    await expect(backup()).rejects.toThrow();
    expect(readdirSync(backups)).toEqual(['20261120T120000005Z']);
  });
});

describe('a restore', () => {
  let made: Backup;
  let epoch: string;

  beforeEach(async () => {
    epoch = epochNow().epoch;
    made = await backup();
    addKey('later');
    addEntries(2001, 2600);
    state.exec("UPDATE api_keys SET revoked_at = 77 WHERE id = 'kept'");
  });
  const bring = () => restore({ folder: made.folder, paths, now: NOW + 1000 });

  it('brings back what was, keeps aside what is, and begins a new epoch', async () => {
    close();
    const done = await bring();
    expect(done.keptAside).toEqual([
      `${paths.stateFile}.before-20261120T120001005Z`,
      `${paths.journalFile}.before-20261120T120001005Z`,
    ]);
    open();
    expect([head(), keyIds()]).toEqual([2000, ['kept']]);
    expect(mode(paths.stateFile)).toBe('600');
    const after = epochNow();
    expect(after.epoch).not.toBe(epoch);
    expect(after.whyNew).toContain('restored from the backup 20261120T120000005Z');
    expect(epochNow()).toEqual({ epoch: after.epoch, whyNew: null });
    const before = openDatabase({ path: done.keptAside[0] ?? '', part: 'state', schema });
    expect(before.prepare('SELECT count(*) FROM api_keys').pluck().get()).toBe(2);
    before.close();
  });

  it('does not bring back keys that were revoked since', async () => {
    close();
    expect((await bring()).keysRevokedAgain).toEqual(['kept']);
    open();
    expect(state.prepare("SELECT revoked_at FROM api_keys WHERE id = 'kept'").pluck().get()).toBe(77);
  });

  it('is refused while a daemon runs', async () => {
    const release = lockInstance(join(home, 'daemon.lock'));
    await expect(bring()).rejects.toMatchObject({ code: 'E_CONFLICT' });
    release();
    expect([head(), keyIds()]).toEqual([2600, ['kept', 'later']]);
  });

  it.each([
    ['a changed byte', () => flip(join(made.folder, 'state.db')), /changed after it was written/],
    ['a file cut short', () => appendFileSync(join(made.folder, 'state.db'), 'x'), /bytes, not/],
    ['a missing file', () => rmSync(join(made.folder, 'journal.db')), /is missing/],
    ['no manifest', () => rmSync(join(made.folder, 'manifest.json')), /no backup of 3cx-relay/],
    [
      'a manifest that leads elsewhere',
      () => rewrite(text => text.replace('"state.db"', '"../state.db"')),
      /not a manifest/,
    ],
  ])('of a backup with %s changes nothing', async (_, spoil, text) => {
    spoil();
    close();
    await expect(bring()).rejects.toMatchObject({ code: 'E_BACKUP', detail: expect.stringMatching(text) });
    open();
    expect([head(), keyIds()]).toEqual([2600, ['kept', 'later']]);
    expect(readdirSync(home).filter(name => /restor/.test(name))).toEqual([]);
  });

  it('of a backup of a newer program is refused with 78', async () => {
    const newer = openDatabase({ path: join(home, 'newer', 'state.db'), part: 'state', schema });
    newer.pragma('user_version = 7');
    const { folder } = await backUp({
      ...{
        parts: [{ part: 'state', database: newer }],
        folder: join(home, 'newer'),
        now: NOW,
        program: '10',
      },
    });
    newer.close();
    close();
    await expect(restore({ folder, paths, now: NOW })).rejects.toMatchObject({
      ...{ code: 'E_CONFIG', kind: { exit: 78 }, detail: expect.stringContaining('version 7') },
    });
    open();
    expect(head()).toBe(2600);
  });

  it.each([0, 1, 2, 3])('killed after %i of its moves is finished by the next start', async moves => {
    close();
    // What a restore has on disk when it begins to move files, made by one that is stopped there.
    const module = JSON.stringify(join(import.meta.dirname, 'restore.ts'));
    const script = `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const rename = fs.renameSync;
      let left = ${moves} + 1;
      fs.renameSync = (from, to) => { if (left-- === 0) process.kill(process.pid, 'SIGKILL'); rename(from, to); };
      syncBuiltinESMExports();
      const { restore } = await import(${module});
      await restore({ folder: ${JSON.stringify(made.folder)}, paths: ${JSON.stringify(paths)}, now: ${NOW} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    finishRestore(paths);
    open();
    expect([head(), keyIds()]).toEqual([2000, ['kept']]);
    expect(epochNow().epoch).not.toBe(epoch);
    expect(readdirSync(home).filter(name => /restor/.test(name))).toEqual([]);
  });
});

it('a restore that never came to its plan leaves no trace at the next start', () => {
  writeFileSync(stagedName(paths.stateFile), 'half a copy');
  expect(finishRestore(paths)).toEqual([]);
  expect(existsSync(stagedName(paths.stateFile))).toBe(false);
  planRestore({ paths, targets: [], suffix: 'x' });
  expect(finishRestore(paths)).toEqual([]);
});

function flip(file: string): void {
  const bytes = readFileSync(file);
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

function rewrite(change: (text: string) => string): void {
  const file = join(backups, '20261120T120000005Z', 'manifest.json');
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
