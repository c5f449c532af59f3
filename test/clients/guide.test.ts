import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { startDemo } from './demo.ts';
import { Line } from './line.ts';

const root = join(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/api.md'), 'utf8');
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const hasPython = spawnSync('python3', ['--version']).status === 0;

it.runIf(hasCurl)(
  'every example of the guide works, and it tells of every route and parameter that the relay describes',
  async () => {
    const folder = tempFolder();
    const blocks = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].map(match => match[1] ?? '');
    const script = blocks.join('').replaceAll('demo.json', join(folder, 'demo.json'));
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => endGroup(child.pid));
    let told = '';
    child.stdout.on('data', chunk => {
      told += chunk;
    });
    const [code] = await once(child, 'exit');
    expect([code, told.slice(-500)]).toEqual([0, expect.any(String)]);
    for (const word of ['E_UNKNOWN_PARAMETER', '"uptime"', 'relay_journal_head', '"asOf"', '"entries"'])
      expect(told).toContain(word);
    for (const word of ['"maxMessageBytes"', 'retry: ', '"ticket"', 'callId,source', '"stretches"'])
      expect(told).toContain(word);

    const [description = ''] = /\{"openapi":.*?\}(?=\{"id":)/s.exec(told) ?? [];
    const missing = Object.entries<object>(JSON.parse(description).paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { parameters = [] }]) =>
        notTold(path, method, parameters),
      ),
    );
    expect(missing).toEqual([]);
  },
  120_000,
);

function notTold(path: string, method: string, parameters: readonly { name: string }[]): string[] {
  const called = path.replaceAll(/\{(\w+)\}/g, ':$1');
  const isRouteTold = guide.includes(`${method.toUpperCase()} \`${called}`) || guide.includes(`\`${called}?`);
  const unnamed = parameters
    .map(({ name }) => name)
    .filter(name => name !== 'id' && !new RegExp(`[\`?&]${name}[\`=&]`).test(guide));
  return [...(isRouteTold ? [] : [`${method} ${called}`]), ...unnamed.map(name => `${called}?${name}`)];
}

it.skipIf(!hasPython)(
  'the README in Python (needs python3) reads calls and records, and comes back to the log without a hole',
  async () => {
    const demo = await startDemo({ allowedOrigins: '' });
    onTestFinished(() => demo.stop());
    const line = await Line.to(demo.relayUrl);
    onTestFinished(() => line.stop());
    const file = join(tempFolder(), 'client.py');
    writeFileSync(file, pythonOf({ relay: line.url, key: demo.apiKey }));
    const child = spawn('python3', [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', text => lines.push(text));
    const seqs = (): number[] =>
      lines.map(text => Number(/^[0-9a-f]+:(\d+) call\./.exec(text)?.[1])).filter(Boolean);

    await expect.poll(() => seqs().length, { timeout: 20_000 }).toBeGreaterThan(3);
    expect(lines[0]).toMatch(/^\d+ calls$/);
    line.cut();
    const before = seqs().length;
    await expect.poll(() => seqs().length, { timeout: 20_000 }).toBeGreaterThan(before + 3);
    expect(line.requests.filter(request => request.startsWith('GET /relay/events')).length).toBe(2);

    const heard = seqs();
    const [from = 0, to = 0] = [heard[0], heard.at(-1)];
    const answer = await fetch(`${demo.relayUrl}/relay/events?types=call&limit=500&after=${from - 1}`, {
      headers: { 'x-api-key': demo.apiKey },
    });
    const { entries } = (await answer.json()) as { entries: { seq: number }[] };
    expect(heard).toEqual(entries.map(({ seq }) => seq).filter(seq => seq <= to));
  },
  120_000,
);

function pythonOf({ relay, key }: { relay: string; key: string }): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, block = ''] = /^```python\n(.*?)^```/ms.exec(readme) ?? [];
  return block
    .replace(/^relay = .*$/m, `relay = ${JSON.stringify(relay)}`)
    .replace(/^key = .*$/m, `key = ${JSON.stringify(key)}`);
}

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-guide-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function endGroup(pid = 0): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // All of the group has ended, as it should.
  }
}
