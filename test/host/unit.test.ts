import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeRelease } from './machine.ts';

const root = join(import.meta.dirname, '../..');
const UNIT = join(root, 'packaging/3cx-relay.service');
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
/** In tenths, as systemd-analyze takes it. */
const EXPOSURE_MAX = 15;

it.runIf(has('systemd-analyze'))('the unit exposes at most 1.5, as systemd reckons', () => {
  const args = ['security', '--offline=true', `--threshold=${EXPOSURE_MAX}`, '--no-pager', UNIT];
  const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  expect(stdout).toContain('Overall exposure level');
  expect(status, stdout.split('\n').at(-2)).toBe(0);
});

it.runIf(has('shellcheck'))('install.sh is clean', () => {
  execFileSync('shellcheck', [join(root, 'install.sh')]);
});

it('install.sh hands over to the program of its release, and says what is missing of it', () => {
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  try {
    writeRelease(folder, '1.0.0');
    copyFileSync(join(root, 'install.sh'), join(folder, 'install.sh'));
    const run = (...args: string[]) => spawnSync(join(folder, 'install.sh'), args, { encoding: 'utf8' });
    rmSync(join(folder, 'bin/3cx-relay'));
    execFileSync('sh', ['-c', 'printf \'#!/bin/sh\\necho "$@"\\n\' > "$0"', join(folder, 'bin/3cx-relay')]);
    chmodSync(join(folder, 'bin/3cx-relay'), 0o755);
    expect(run('--root', folder, '--yes').stdout).toBe(`install --root ${folder} --yes\n`);
    expect(run('--help').stdout).toBe('install --help\n');
    rmSync(join(folder, 'runtime'), { recursive: true });
    expect(run('--root', folder)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('runtime/bin/node is missing'),
    });
    // A checkout in which nothing was made yet.
    mkdirSync(join(folder, 'src'));
    expect(run('--root', folder).stderr).toContain('npm ci && npm run release');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
