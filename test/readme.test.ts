import { type ChildProcess, execFile, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const started: ChildProcess[] = [];
const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** One relay's folder for all commands of a document, which build on one another. */
const home = mkdtempSync(join(tmpdir(), '3cx-readme-home-'));
afterAll(() => rmSync(home, { recursive: true }));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), '3cx-readme-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGINT');
  rmSync(folder, { recursive: true });
});

/** The blocks of each are one story, told by test/control/docs.test.ts and test/clients/guide.test.ts. */
const OWN_TEST = ['docs/control-api.md', 'docs/api.md'];
const documents = ['README.md', ...globSync('docs/*.md', { cwd: root })].filter(
  document =>
    !OWN_TEST.includes(document) && readFileSync(join(root, document), 'utf8').includes('\n```sh\n'),
);

describe.each(documents)('every command of %s', document => {
  const text = readFileSync(join(root, document), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(match => match[1] ?? '');
  // A block that starts its own simulator is one story; the other lines stand for themselves.
  const whole = blocks.filter(block => block.includes(' &\n'));
  const others = blocks.filter(block => !whole.includes(block));
  const commands = others.filter(block => !block.includes('curl')).flatMap(block => block.trim().split('\n'));

  // `npm ci` and `npm test` are what runs this.
  const finite = commands.filter(command => !isService(command) && !/^npm (ci|test|run demo)/.test(command));
  it.runIf(finite.length > 0).each(finite)('ends well: %s', async command => {
    const env = { ...process.env, RELAY_HOME: home };
    await expect(run('bash', ['-ec', command], { cwd: root, env })).resolves.toBeDefined();
  });

  const services = commands.filter(isService);
  it.runIf(services.length > 0).each(services)('starts, says where it is, and stops: %s', async command => {
    const { child, line } = await startService(command);
    expect(JSON.parse(line)).toMatchObject({ pbxUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    const ended = new Promise(resolve => child.once('exit', code => resolve(code)));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  const ownTalks = whole.filter(block => hasCurl || !block.includes('curl'));
  it.runIf(ownTalks.length > 0).each(ownTalks)('starts something, uses it and stops it: %s', async block => {
    const file = join(folder, 'started.json');
    const { code, stdout } = await runInOwnGroup(block.replaceAll(/(simulator|demo)\.json/g, file));
    expect(code).toBe(0);
    if (block.includes('xapi')) expect(stdout).toContain('"value"');
    if (block.includes('/relay/'))
      expect(stdout).toMatch(/"asOf".*"entries".*startedAt.*retry:.*maxMessageBytes.*"seq":1,/s);
    // `Last error` is a line of status.
    expect(stdout).not.toMatch(/(?<!Last )error/);
    const { pbxUrl } = JSON.parse(readFileSync(file, 'utf8'));
    await expect.poll(() => fetch(pbxUrl).catch(() => 'gone'), { timeout: 10_000 }).toBe('gone');
  });

  const talks = others.filter(block => block.includes('curl'));
  it.runIf(talks.length > 0 && hasCurl).each(talks)('reaches a running simulator: %s', async talk => {
    const { line } = await startService('npm run simulator -- --seed 7 --calls-per-minute 600');
    const { stdout } = await run('bash', ['-ec', talk], { cwd: root, env: { ...process.env, line } });
    expect(stdout).not.toBe('');
    expect(stdout).not.toContain('error');
  });
});

it('runs the demo until Ctrl-C', async () => {
  const child = spawn(join(root, 'bin/3cx-relay'), ['demo'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  let text = '';
  child.stdout.on('data', chunk => {
    text += chunk;
  });
  await expect.poll(() => text, { timeout: 15_000 }).toContain('Ctrl-C');
  const [line = ''] = /curl -s -H .*active-calls/.exec(text) ?? [];
  if (hasCurl) expect((await run('bash', ['-ec', line])).stdout).toContain('"calls"');
  // wscat ends with its input, which is a person's keyboard otherwise.
  const [wscat = ''] = /npx wscat .*/.exec(text) ?? [];
  expect((await run('bash', ['-ec', `sleep 5 | ${wscat}`], { cwd: root })).stdout).toContain('"hello"');
  child.kill('SIGINT');
  expect((await once(child, 'exit'))[0]).toBe(0);
});

function isService(command: string): boolean {
  return /^npm run simulator( -- (history|--).*)?$/.test(command);
}

/** With all that it starts in the background in one process group, so that nothing is left when it fails. */
async function runInOwnGroup(script: string): Promise<{ code: number; stdout: string }> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
  const child = spawn('bash', ['-ec', script], { cwd: root, detached: true, stdio });
  onTestFinished(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGTERM');
    } catch {
      // All of the group has ended, as it should.
    }
  });
  let stdout = '';
  child.stdout?.on('data', chunk => {
    stdout += chunk;
  });
  const [code] = await once(child, 'exit');
  return { code, stdout };
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
