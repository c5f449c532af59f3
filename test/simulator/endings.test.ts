import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Children } from './children.ts';

let children: Children;

beforeEach(() => {
  children = new Children();
});
afterEach(() => children.end());

it.each(['SIGHUP', 'SIGTERM', 'SIGINT'] as const)('stops in order on %s', async signal => {
  const { child, output } = children.simulate();
  await expect.poll(() => output.stdout, { timeout: 15_000 }).toContain('\n');
  child.kill(signal);
  expect(await once(child, 'close')).toEqual([0, null]);
  expect({ stderr: output.stderr, left: children.leftovers() }).toEqual({ stderr: '', left: [] });
});

it('tells nobody to begin when it was stopped while it started', async () => {
  const { child, output } = children.simulate();
  await expect.poll(() => children.leftovers(), { timeout: 15_000, interval: 5 }).toHaveLength(1);
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  expect({ code, ...output, left: children.leftovers() }).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
    left: [],
  });
});

it('ends at once when it is told again, and takes its folder along', async () => {
  const { child } = children.simulate('history', '--days', '3650', '--calls-per-day', '100000');
  const closed = once(child, 'close');
  await expect
    .poll(() => readdirSync(children.folder, { recursive: true }), { timeout: 15_000 })
    .toContainEqual(expect.stringContaining('postmaster.pid'));
  const isOver = () => {
    child.kill('SIGINT');
    return child.exitCode !== null;
  };
  await expect.poll(isOver, { timeout: 5000, interval: 100 }).toBe(true);
  await closed;
  expect(children.leftovers()).toEqual([]);
});

it('stops quietly when nobody reads its line', async () => {
  const { child, output } = children.simulate();
  child.stdout?.destroy();
  const [code] = await once(child, 'close');
  expect({ code, stderr: output.stderr, left: children.leftovers() }).toEqual({
    code: 0,
    stderr: '',
    left: [],
  });
});

it('stops with a sentence when its line cannot be written', async () => {
  const full = openSync('/dev/full', 'w');
  const { child, output } = children.run(
    [process.execPath, 'src/simulator/main.ts'],
    ['ignore', full, 'pipe'],
  );
  closeSync(full);
  const [code] = await once(child, 'close');
  expect({ code, left: children.leftovers() }).toEqual({ code: 1, left: [] });
  expect(output.stderr).toMatch(/^simulator: stdout cannot be written \(.*ENOSPC.*\n$/);
});

it('sweeps up after simulators that were killed, and touches nothing else', async () => {
  const at = (name: string, ...rest: string[]) => join(children.folder, `3cx-simulator-${name}`, ...rest);
  const killed = children.simulate('--database', 'none');
  await expect.poll(() => killed.output.stdout, { timeout: 15_000 }).toContain('\n');
  const owner = readFileSync(join(children.folder, children.leftovers()[0] ?? '', 'pid'), 'utf8');
  killed.child.kill('SIGKILL');
  await once(killed.child, 'close');
  const orphan = children.leftovers();
  expect(orphan).toHaveLength(1);

  for (const name of ['unsigned', 'scribbled', 'alive', 'elsewhere']) mkdirSync(at(name));
  writeFileSync(at('scribbled', 'pid'), 'mine\n');
  writeFileSync(at('alive', 'pid'), owner.replace(/^\d+/, String(process.pid)));
  writeFileSync(at('elsewhere', 'pid'), owner.replace('\n', '\nanother '));
  writeFileSync(at('file'), owner);
  symlinkSync(join(children.folder, orphan[0] ?? ''), at('link'));
  const kept = children.leftovers().filter(name => !orphan.includes(name));

  const next = children.simulate('--database', 'none');
  await expect.poll(() => next.output.stdout, { timeout: 15_000 }).toContain('\n');
  next.child.kill('SIGTERM');
  await once(next.child, 'close');
  expect(children.leftovers()).toEqual(kept);
});

it('prints to a pipe that closes early without a word', () => {
  const { status, stderr } = spawnSync(
    '/bin/sh',
    ['-c', '{ "$0" src/simulator/main.ts knobs; echo $? >&2; } | true', process.execPath],
    { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8' },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '0\n' });
});
