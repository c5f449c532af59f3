import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const started: ChildProcess[] = [];
const hasCurl = spawnSync('curl', ['--version']).status === 0;

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGINT');
});

const documents = ['README.md', ...globSync('docs/*.md', { cwd: root })].filter(document =>
  readFileSync(join(root, document), 'utf8').includes('\n```sh\n'),
);

describe.each(documents)('every command of %s', document => {
  const text = readFileSync(join(root, document), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(match => match[1] ?? '');
  const commands = blocks.filter(block => !block.includes('curl')).flatMap(block => block.trim().split('\n'));

  // `npm ci` and `npm test` are what runs this.
  const finite = commands.filter(command => !isService(command) && !/^npm (ci|test)/.test(command));
  it.runIf(finite.length > 0).each(finite)('ends well: %s', async command => {
    await expect(run('bash', ['-ec', command], { cwd: root })).resolves.toBeDefined();
  });

  const services = commands.filter(isService);
  it.runIf(services.length > 0).each(services)('starts, says where it is, and stops: %s', async command => {
    const { child, line } = await startService(command);
    expect(JSON.parse(line)).toMatchObject({ pbxUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const ended = new Promise(resolve => child.once('exit', code => resolve(code)));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  const talks = blocks.filter(block => block.includes('curl'));
  it.runIf(talks.length > 0 && hasCurl).each(talks)('reaches a running simulator: %s', async talk => {
    const { line } = await startService('npm run simulator -- --seed 7 --calls-per-minute 600');
    const { stdout } = await run('bash', ['-ec', talk], { cwd: root, env: { ...process.env, line } });
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain('error');
  });
});

function isService(command: string): boolean {
  return /^npm run simulator( -- (history|--).*)?$/.test(command);
}

/** Node itself instead of npm in between, so that the signal reaches the simulator at once. */
async function startService(command: string): Promise<{ child: ChildProcess; line: string }> {
  const args = command
    .replace(/^npm run simulator( --)?/, '')
    .split(' ')
    .filter(Boolean);
  const child = spawn(
    process.execPath,
    ['--import', './bin/node-guard.js', 'src/simulator/main.ts', ...args],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  started.push(child);
  let text = '';
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${command} ended with ${code} before it was ready`)));
    child.stdout?.on('data', chunk => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve({ child, line: text.slice(0, end) });
    });
  });
}
