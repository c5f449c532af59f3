import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface CheckResult {
  name: string;
  passed: boolean;
}

const root = join(import.meta.dirname, '..');

/** All that is checked without running the product; each is one command, all run side by side. */
const CHECKS: Record<string, string[]> = {
  types: ['tsc', '--noEmit'],
  'lint and format': ['biome', 'check', '--error-on-warnings'],
  'folder rules and cycles': ['node', 'scripts/folder-rules.ts'],
  'dead code': ['knip'],
  'file sizes': ['node', 'scripts/file-sizes.ts'],
};

export async function runChecks(): Promise<CheckResult[]> {
  return Promise.all(Object.entries(CHECKS).map(([name, command]) => runCheck(name, command)));
}

async function runCheck(name: string, [program = '', ...args]: string[]): Promise<CheckResult> {
  const started = performance.now();
  const { code, output } = await runTool(program, args);
  const passed = code === 0;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)\n`);
  const warned = name === 'file sizes' && output !== '';
  if (!passed || warned) process.stdout.write(output);
  return { name, passed };
}

function runTool(program: string, args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules/.bin', program), args, { cwd: root });
    let output = '';
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (output += chunk));
    child.on('error', reject);
    child.on('close', code => resolve({ code, output }));
  });
}
