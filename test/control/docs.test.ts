import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/control-api.md'), 'utf8');
const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(match => match[1] ?? '');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

it('the document tells of every route, and has an example of each', async () => {
  const rig = await RelayRig.start();
  onTestFinished(() => rig.stop());
  const { body } = await new Operating(rig).get('/admin/openapi.json');
  const examples = blocks.join('').replaceAll('\\\n', '');
  for (const [path, operations] of Object.entries<object>(body.paths)) {
    for (const method of Object.keys(operations)) {
      const told = path.replaceAll(/\{(\w+)\}/g, ':$1');
      expect(text).toMatch(new RegExp(`${method.toUpperCase()} \`${told}[\`?]`));
      const inExample = path.replaceAll(/\{\w+\}/g, '[^/ "]+').replaceAll('.', '\\.');
      const lines = examples
        .split('\n')
        .filter(line => new RegExp(`relay${inExample}["? ]|relay${inExample}$`).test(line));
      expect([`${method} ${path}`, lines.filter(line => methodOf(line) === method).length > 0]).toEqual([
        `${method} ${path}`,
        true,
      ]);
    }
  }
});

function methodOf(line: string): string {
  return /-X (\w+)/.exec(line)?.[1]?.toLowerCase() ?? (line.includes(' -d ') ? 'post' : 'get');
}

it.runIf(hasCurl)(
  'every example works, one after the other, against the demo',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), '3cx-relay-docs-'));
    const script = blocks.join('\n').replaceAll('demo.json', join(folder, 'demo.json'));
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGTERM');
      } catch {
        // All of the group has ended, as it should.
      }
      rmSync(folder, { recursive: true });
    });
    let told = '';
    child.stdout.on('data', chunk => {
      told += chunk;
    });
    const [code] = await once(child, 'exit');
    expect([code, told.slice(-500)]).toEqual([0, expect.any(String)]);
    expect(told).toContain('"openapi":"3.1.0"');
    expect(told).toMatch(/"type":"snapshot".*"type":"stats"/s);
  },
  60_000,
);
