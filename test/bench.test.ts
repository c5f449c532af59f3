import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), '3cx-relay-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bench(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)('npm', ['run', '-s', 'bench', '--', ...args], { cwd: root });
}

interface Outcome {
  scenario: string;
  error: string | null;
  figures: { what: string; unit: string; relay: number; isMet: boolean | null }[];
}

test('the bench fans out beside its peers to the end, and no client misses anything', async () => {
  const file = join(folder, 'bench.json');
  const { stdout } = await bench('--quick', '--json', file, 'one-in-flight');
  const { outcomes } = JSON.parse(readFileSync(file, 'utf8')) as { outcomes: Outcome[] };
  expect(outcomes).toMatchObject([{ scenario: 'one-in-flight', error: null }]);
  const figures = outcomes.flatMap(outcome => outcome.figures);
  // How fast depends on who else uses the machine; that all of it was measured, and without loss, does not.
  for (const { what, relay, unit } of figures) if (unit !== 'faults') expect(relay, what).toBeGreaterThan(0);
  expect(figures.filter(({ unit }) => unit === 'faults').map(({ relay }) => relay)).toEqual([0]);
  expect(stdout).toMatch(/one-in-flight +one event in flight, 100 clients/);
}, 60_000);

test('a scenario that does not exist is named, beside those that do', async () => {
  const failed = await bench('fan-in').catch(error => error as { code: number; stderr: string });
  expect(failed).toMatchObject({ code: 2 });
  expect(failed.stderr).toMatch(/There is no fan-in\.[\s\S]*fan-out-1000 {2,}closed loop to 1000 clients/);
});
