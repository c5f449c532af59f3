import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFiles } from './log-files.ts';

const DAY_MS = 86_400_000;
let folder: string;
let now: number;
let faults: string[];
let files: LogFiles;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'relay-log-files-')), 'log');
  now = new Date(2026, 10, 20, 12).getTime();
  faults = [];
  files = open();
});
afterEach(async () => {
  await files.close();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

const open = () => new LogFiles({ folder, now: () => now, onFault: detail => faults.push(detail) });
const line = (level: number, msg: string): string => `{"level":${level},"msg":"${msg}"}\n`;
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

it('writes all lines into one file a day, and errors into another as well', async () => {
  files.write(line(30, 'one'));
  files.write(line(50, 'two'));
  now += DAY_MS;
  files.write(line(30, 'three'));
  await files.close();
  expect(readdirSync(folder).toSorted()).toEqual([
    ...['combined-2026-11-20.log', 'combined-2026-11-21.log'],
    ...['error-2026-11-20.log', 'error-2026-11-21.log'],
  ]);
  expect(read('combined-2026-11-20.log')).toBe(line(30, 'one') + line(50, 'two'));
  expect(read('error-2026-11-20.log')).toBe(line(50, 'two'));
  expect(read('combined-2026-11-21.log')).toBe(line(30, 'three'));
});

it('goes on in the file of the day after a restart', async () => {
  files.write(line(30, 'before'));
  await files.close();
  files = open();
  files.write(line(30, 'after'));
  await files.close();
  expect(read('combined-2026-11-20.log')).toBe(line(30, 'before') + line(30, 'after'));
});

it('keeps two weeks, and touches nothing that is not its own', async () => {
  const combined = () => readdirSync(folder).filter(name => /^combined.*log$/.test(name));
  for (let day = 0; day < 20; day++) {
    files.write(line(30, `day ${day}`));
    const count = Math.min(day + 1, 15);
    await expect.poll(() => combined().length).toBe(count);
    if (day === 0) writeFileSync(join(folder, 'combined-2020-01-01.log.gz'), 'of somebody else');
    now += DAY_MS;
  }
  await files.close();
  expect([combined().length, combined().toSorted()[0]]).toEqual([15, 'combined-2026-11-25.log']);
  expect(existsSync(join(folder, 'combined-2020-01-01.log.gz'))).toBe(true);
});

it('drops what cannot be written, says so once, and tells later how much is missing', async () => {
  writeFileSync(folder, 'a file where the folder should be');
  for (let count = 0; count < 5; count++) files.write(line(30, 'lost'));
  const fault = expect.stringMatching(/^The log files in .* cannot be written: /);
  await expect.poll(() => faults).toEqual([fault]);
  for (let count = 0; count < 2; count++) files.write(line(30, 'lost as well'));
  expect(faults).toEqual([fault]);
  rmSync(folder);
  now += 60_000;
  files.write(line(30, 'there again'));
  await files.close();
  expect(read('combined-2026-11-20.log')).toMatch(
    /^\{[^\n]*"dropped":7[^\n]*\n\{"level":30,"msg":"there again"\}\n$/s,
  );
});

it.skipIf(process.getuid?.() === 0)('survives a folder it may not write', async () => {
  files.write(line(30, 'one'));
  await files.close();
  chmodSync(folder, 0o500);
  now += DAY_MS;
  files = open();
  files.write(line(30, 'two'));
  await expect.poll(() => faults.length).toBe(1);
  chmodSync(folder, 0o700);
});

/** A disk that hangs: what is written here waits until somebody reads it. */
function hanging(): string {
  const path = join(folder, 'combined-2026-11-20.log');
  mkdirSync(folder);
  execFileSync('mkfifo', [path]);
  return path;
}

it('says at once that a slow disk makes it drop lines, and in the file as soon as that takes them', async () => {
  const path = hanging();
  const long = line(30, 'x'.repeat(1000));
  for (let count = 0; count < 1500; count++) files.write(long);
  expect(faults).toEqual([expect.stringMatching(/too slow/)]);
  let read = '';
  const reader = createReadStream(path, 'utf8').on('data', text => (read += text));
  await expect.poll(() => read).toMatch(/"dropped":\d+/);
  const dropped = Number(/"dropped":(\d+)/.exec(read)?.[1]);
  expect(dropped + read.split(long).length - 1).toBe(1500);
  files.write(line(30, 'there again'));
  await expect.poll(() => read).toMatch(/there again/);
  expect(read.match(/"dropped"/g)).toHaveLength(1);
  expect(faults).toHaveLength(1);
  await files.close();
  reader.destroy();
});

it('waits no longer than two seconds for a disk that hangs', async () => {
  const path = hanging();
  files.write(line(30, 'never read'));
  const started = performance.now();
  await files.close();
  expect(performance.now() - started).toBeLessThan(4000);
  expect(faults).toEqual([expect.stringMatching(/not written/)]);
  // Whoever opens it, lets go whoever waits there.
  closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
});

it('goes on writing when an old file cannot be removed, and says so', async () => {
  mkdirSync(join(folder, 'combined-2020-01-01.log'), { recursive: true });
  files.write(line(30, 'one'));
  await expect.poll(() => faults).toEqual([expect.stringMatching(/^Old log files .* cannot be removed: /)]);
  files.write(line(30, 'two'));
  await files.close();
  expect(read('combined-2026-11-20.log')).toBe(line(30, 'one') + line(30, 'two'));
});

it('takes nothing more once it is closed', async () => {
  files.write(line(30, 'one'));
  await files.close();
  files.write(line(30, 'two'));
  await files.close();
  expect(read('combined-2026-11-20.log')).toBe(line(30, 'one'));
});
