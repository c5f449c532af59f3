import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from './checks.ts';

// The whole proof of a checkout: checks, then every test, then one plain line that a person and a machine can read.
const root = join(import.meta.dirname, '..');
const checks = await runChecks();
// Otherwise many tests that start the launcher would build at once.
spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, stdio: 'inherit' });
const tests = runTests(process.argv.slice(2));

const passed = checks.filter(check => check.passed).length + tests.passed;
const failed = checks.filter(check => !check.passed).length + tests.failed;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function runTests(args: string[]): { passed: number; failed: number } {
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  const report = join(folder, 'report.json');
  try {
    const { status } = spawnSync(
      join(root, 'node_modules/.bin/vitest'),
      // Without --update=none a page that is expected and missing would be written, and its test would pass.
      [
        'run',
        '--update=none',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    // A file that cannot be loaded, or an unhandled error, fails the run without failing a test.
    const failedBeside = status !== 0 && numFailedTests === 0 ? 1 : 0;
    return { passed: numPassedTests, failed: numFailedTests + failedBeside };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
