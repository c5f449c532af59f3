import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

interface Running {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
}

/** Programs of this checkout that a test starts; all they write is in one folder, and both go with it. */
export class Children {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), '3cx-start-'));
    // PostgreSQL passes through it as another user.
    chmodSync(this.folder, 0o755);
  }

  run(args: string[], stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): Running {
    const [program = '', ...rest] = args;
    const child = spawn(program, rest, { cwd: root, env: { ...process.env, TMPDIR: this.folder }, stdio });
    this.#children.push(child);
    const output = { stdout: '', stderr: '' };
    child.stdout?.on('data', chunk => {
      output.stdout += chunk;
    });
    child.stderr?.on('data', chunk => {
      output.stderr += chunk;
    });
    return { child, output };
  }

  simulate(...args: string[]): Running {
    return this.run([process.execPath, 'src/simulator/main.ts', ...args]);
  }

  /** What simulators have left in the folder. */
  leftovers(): string[] {
    return readdirSync(this.folder).filter(entry => entry.startsWith('3cx-'));
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
  }
}
