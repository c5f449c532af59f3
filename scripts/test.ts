import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runChecks } from './checks.ts';

// The whole proof of a checkout: checks, then every test, then one plain line that a person and a machine can read.
/** More than that is no machine that stood still. */
const AGAIN_FILES_MAX = 8;
const root = join(import.meta.dirname, '..');
const checks = await runChecks();
// Otherwise many tests that start the launcher would build at once.
spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, stdio: 'inherit' });
const tests = runTests(process.argv.slice(2));

const passed = checks.filter(check => check.passed).length + tests.passed;
const failed = checks.filter(check => !check.passed).length + tests.failed;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

/** Of one file, as the runner reports it. */
interface FileResult {
  name: string;
  status: string;
  assertionResults: { status: string }[];
}

interface Outcome {
  passed: number;
  failed: number;
  /** Files in which something failed. */
  files: string[];
  /** In those files: how many passed all the same. */
  passedInFiles: number;
}

/**
 * Files that failed beside others run once more, alone and in sight: on a machine that stood still for half a minute
 * every limit of time is passed, and nothing is learned from that. What fails again has failed.
 */
function runTests(args: string[]): Pick<Outcome, 'passed' | 'failed'> {
  const first = runOnce(args);
  if (first.files.length === 0 || first.files.length > AGAIN_FILES_MAX) return first;
  const names = first.files.map(file => relative(root, file));
  process.stdout.write(`\nAgain, alone: ${names.join(' ')}\n`);
  const again = runOnce(['--no-file-parallelism', ...first.files]);
  if (again.failed === 0) process.stdout.write(`Failed beside others, passed alone: ${names.join(' ')}\n`);
  return { passed: first.passed - first.passedInFiles + again.passed, failed: again.failed };
}

function runOnce(args: string[]): Outcome {
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
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const broken = (testResults as FileResult[]).filter(file => file.status === 'failed');
    const passedInFiles = broken
      .flatMap(file => file.assertionResults)
      .filter(one => one.status === 'passed');
    // A file that cannot be loaded, or an unhandled error, fails the run without failing a test.
    const failedBeside = status !== 0 && numFailedTests === 0 ? 1 : 0;
    return {
      passed: numPassedTests,
      failed: numFailedTests + failedBeside,
      files: broken.map(({ name }) => name),
      passedInFiles: passedInFiles.length,
    };
  } catch {
    return { passed: 0, failed: 1, files: [], passedInFiles: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
