import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findInstalled, prepareBinaries } from './postgres-binaries.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), '3cx-server-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('says what to do when the programs are not installed for this machine', () => {
  expect(() => findInstalled('linux-riscv64')).toThrow(/not installed for linux-riscv64.*npm ci/);
});

it('copies the programs when they cannot be run where they are', async () => {
  const installed = join(folder, 'installed');
  cpSync(findInstalled(), installed, { recursive: true });
  chmodSync(join(installed, 'bin/postgres'), 0o600);
  const binaries = await prepareBinaries(folder, installed);
  expect(binaries.postgres).toBe(join(folder, 'native/bin/postgres'));
  expect(existsSync(join(folder, 'native/lib/libpq.so.5'))).toBe(true);
});

it('stops a program when whoever started it is killed', async () => {
  const leashed = join(import.meta.dirname, 'leashed-process.ts');
  const duration = `9876${process.pid}`;
  const script = `
    const { startLeashed } = await import(${JSON.stringify(leashed)});
    startLeashed({
      command: ['sleep', '${duration}'], environment: { PATH: '/usr/bin:/bin' }, account: undefined,
      log: ${JSON.stringify(join(folder, 'sleep.log'))},
    });`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  try {
    await vi.waitFor(() => expect(sleepers(duration)).toHaveLength(1), { timeout: 10_000 });
  } finally {
    owner.kill('SIGKILL');
  }
  await vi.waitFor(() => expect(sleepers(duration)).toEqual([]), { timeout: 5_000 });
});

function sleepers(duration: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter(line => new RegExp(`^[^Z]\\S*\\s+sleep ${duration}$`).test(line));
}
