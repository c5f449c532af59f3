import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Container } from './container.ts';
import { unpackDebian, whyNot } from './debian.ts';
import { anotherVersion, pack } from './releases.ts';
import { STORY } from './story.ts';
import type { Stage } from './witness.ts';

// The life of the relay on a host with a real systemd; opt-in, as it takes minutes, room and root.
const root = join(import.meta.dirname, '../..');
const SKIPPED = 0;
const RELEASES = '/root/releases';

const reason = whyNot();
if (reason === null) process.exitCode = await play();
else {
  process.stdout.write(`skipped: ${reason}\n`);
  process.exitCode = SKIPPED;
}

async function play(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), '3cx-relay-test-install-'));
  const container = new Container(join(folder, 'debian'));
  try {
    const first = putReleases(container.folder, folder);
    await container.boot();
    const release = (version: string): string => `${RELEASES}/3cx-relay-${version}-linux-x64`;
    return await perform({ container, first, release, before: await container.picture() });
  } finally {
    await container.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function perform(stage: Stage): Promise<number> {
  for (const { name, work } of STORY) {
    const started = performance.now();
    try {
      await work(stage);
      process.stdout.write(`ok      ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)\n`);
    } catch (error) {
      process.stdout.write(`FAILED  ${name}\n${error instanceof Error ? error.message : String(error)}\n`);
      const { output } = await stage.container.run(
        'journalctl -u 3cx-relay -n 20 -o cat --no-pager | cut -c1-300',
      );
      process.stdout.write(`the service's last words:\n${output}\n`);
      return 1;
    }
  }
  return 0;
}

/** The version of this checkout, and others made of it. */
function putReleases(debian: string, folder: string): string {
  const made = process.argv[2] ?? join(folder, 'made');
  if (process.argv[2] === undefined)
    execFileSync(process.execPath, [join(root, 'scripts/release/release.ts'), '--tree', '--out', made], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  unpackDebian(debian);
  const there = join(debian, RELEASES);
  mkdirSync(there, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const name = `3cx-relay-${version}-linux-x64`;
  cpSync(join(made, name), join(there, name), { recursive: true, verbatimSymlinks: true });
  pack(anotherVersion(join(there, name), '9.0.1'));
  anotherVersion(join(there, name), '9.0.2', 'failing');
  anotherVersion(join(there, name), '9.0.3', 'spoiling');
  return version;
}
