import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';

const CURRENT = '/opt/3cx-relay/current/VERSION';

let machine: Machine;
beforeEach(async () => {
  machine = new Machine();
  machine.write('/etc/3cx-relay/relay.env', 'FQDN=pbx.example.com\nCLIENT_ID=relay\nCLIENT_SECRET=x\n');
  await machine.does(`install --from ${machine.release('1.0.0')}`);
  machine.ran.length = 0;
});
afterEach(() => machine.remove());

const runs = () => ({ running: machine.running, current: linked() });
const linked = () => machine.read(`/opt/3cx-relay/releases/${versionOf('current')}/VERSION`).trim();
const versionOf = (link: string) =>
  basename(
    execFileSync('readlink', [join(machine.root, '/opt/3cx-relay', link)])
      .toString()
      .trim(),
  );
const releases = () =>
  execFileSync('ls', ['-A', join(machine.root, '/opt/3cx-relay/releases')])
    .toString()
    .trim()
    .split('\n');
/** As `npm run release` packs it, with its sums. */
function packed(version: string): string {
  const folder = machine.release(version);
  const tar = execFileSync('tar', ['-c', '-C', dirname(folder), basename(folder)]);
  const file = `${folder}.tar.zst`;
  writeFileSync(file, zstdCompressSync(tar));
  const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
  writeFileSync(join(dirname(file), 'SHA256SUMS'), `${sum}  ${basename(file)}\n`);
  return file;
}

describe('upgrade', () => {
  it('goes to the version in a folder, after a backup, and keeps the one before', async () => {
    const answer = await machine.does(`upgrade ${machine.release('1.1.0')}`);
    expect(answer.data).toMatchObject({
      from: '1.0.0',
      to: '1.1.0',
      backup: '/backups/one',
      isVerified: false,
    });
    expect(runs()).toEqual({ running: '1.1.0', current: '1.1.0' });
    expect(machine.ran.findIndex(line => line.startsWith('3cx-relay backup'))).toBeLessThan(
      machine.ran.findIndex(line => line.startsWith('systemctl restart')),
    );
    await machine.does(`upgrade ${machine.release('1.2.0')}`);
    expect(releases()).toEqual(['1.1.0', '1.2.0']);
    expect(versionOf('previous')).toBe('1.1.0');
    expect(machine.read('/etc/3cx-relay/relay.env')).toContain('CLIENT_SECRET=x');
    expect(await machine.says(`upgrade ${machine.release('1.2.0')}`)).toContain(
      'Nothing to do: version 1.2.0',
    );
  });

  it('takes a packed one that is what its sums say, and no other', async () => {
    const file = packed('1.1.0');
    const checked = await machine.does(`upgrade ${file} --check`);
    expect(checked).toMatchObject({ exit: 8, data: { dryRun: true, wouldChange: true, isVerified: true } });
    expect(runs()).toEqual({ running: '1.0.0', current: '1.0.0' });
    expect(releases()).toEqual(['1.0.0']);
    const sums = join(dirname(file), 'SHA256SUMS');
    writeFileSync(
      sums,
      readFileSync(sums, 'utf8').replace(/^./, one => (one === '0' ? '1' : '0')),
    );
    await expect(machine.does(`upgrade ${file}`)).rejects.toMatchObject({
      code: 'E_HOST',
      message: expect.stringContaining('is not what was released'),
    });
    writeFileSync(sums, '');
    await expect(machine.does(`upgrade ${file}`)).rejects.toMatchObject({ code: 'E_HOST' });
    execFileSync('rm', [sums]);
    expect((await machine.does(`upgrade ${file}`)).data).toMatchObject({ isVerified: false });
    expect(runs()).toEqual({ running: '1.1.0', current: '1.1.0' });
  });

  it.each([
    ['cut short', 'x.tar.zst', 'cannot be unpacked'],
    ['of apt', 'x.deb', 'is no release'],
  ])('refuses a file that is %s', async (_, name, why) => {
    machine.write(`/${name}`, 'nothing');
    await expect(machine.does(`upgrade ${join(machine.root, name)}`)).rejects.toThrow(why);
    expect(releases()).toEqual(['1.0.0']);
  });

  it('comes back by itself when the new one does not come up', async () => {
    const before = machine.read('/etc/systemd/system/3cx-relay.service');
    machine.sick.add('1.1.0');
    await expect(
      machine.does(`upgrade ${machine.release('1.1.0', '# another unit\n')}`),
    ).rejects.toMatchObject({
      code: 'E_HOST',
      message: 'Everything was put back as it was before.',
      hint: expect.stringContaining('did not start as it should'),
    });
    expect(runs()).toEqual({ running: '1.0.0', current: '1.0.0' });
    expect(releases()).toEqual(['1.0.0']);
    expect(machine.has('/opt/3cx-relay/previous')).toBe(false);
    expect(machine.read('/etc/systemd/system/3cx-relay.service')).toBe(before);
    // The old one can read its files: they are left as they are.
    expect(machine.ran.filter(line => line.startsWith('3cx-relay restore'))).toEqual([]);
  });

  it('brings the backup back when the old one cannot read its files any more', async () => {
    machine.sick.add('1.1.0');
    machine.isMigrated = true;
    await expect(machine.does(`upgrade ${machine.release('1.1.0')}`)).rejects.toMatchObject({
      code: 'E_HOST',
    });
    expect(machine.ran).toContain('3cx-relay restore /backups/one --yes --json');
    expect(runs()).toEqual({ running: '1.0.0', current: '1.0.0' });
  });

  it('changes nothing when the new one does not take the configuration', async () => {
    const release = machine.release('1.1.0');
    machine.broken = /config check/;
    await expect(machine.does(`upgrade ${release}`)).rejects.toThrow(
      'does not start with this configuration',
    );
    expect(runs()).toEqual({ running: '1.0.0', current: '1.0.0' });
    expect(machine.ran.filter(line => line.startsWith('systemctl restart'))).toEqual([]);
  });
});

describe('rollback', () => {
  it('goes back, and forth again; data stay', async () => {
    await expect(machine.does('rollback')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await machine.does(`upgrade ${machine.release('1.1.0')}`);
    await machine.does('rollback');
    expect(runs()).toEqual({ running: '1.0.0', current: '1.0.0' });
    expect(releases()).toEqual(['1.0.0', '1.1.0']);
    await machine.does('rollback');
    expect(runs()).toEqual({ running: '1.1.0', current: '1.1.0' });
    expect(machine.ran.filter(line => line.startsWith('3cx-relay restore'))).toEqual([]);
  });

  it('stays where it is when the older one cannot read the files; with --restore it can', async () => {
    await machine.does(`upgrade ${machine.release('1.1.0')}`);
    machine.isMigrated = true;
    await expect(machine.does('rollback')).rejects.toMatchObject({ code: 'E_HOST' });
    expect(runs()).toEqual({ running: '1.1.0', current: '1.1.0' });
    await machine.does('rollback --restore');
    expect(machine.ran).toContain('3cx-relay restore /backups/one --yes --json');
    expect(runs()).toEqual({ running: '1.0.0', current: '1.0.0' });
  });
});

it('names what is installed when nothing is', async () => {
  const empty = new Machine();
  try {
    for (const line of [`upgrade ${empty.release('1.1.0')}`, 'rollback', 'support-mode on'])
      await expect(empty.does(line)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    expect(empty.has(CURRENT)).toBe(false);
  } finally {
    empty.remove();
  }
});
