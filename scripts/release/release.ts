import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { buildDeb } from './archives/deb.ts';
import { debName } from './archives/deb-papers.ts';
import { packTree, writeSums } from './archives/tarball.ts';
import { ReleaseError, sourceTime } from './run.ts';
import { makeTree } from './tree/tree.ts';

// Makes what is shipped, from the checkout alone: no network, nothing compiled. Why it is as it is: decision 17.
const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    /** Where to; the tree and the archives of the same version there are replaced. */
    out: { type: 'string', default: join(root, 'release') },
    /** Only the tree, without archives. */
    tree: { type: 'boolean', default: false },
  },
});

try {
  const started = performance.now();
  const out = resolve(values.out);
  const made = release(out);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${made.map(file => `${join(out, file)}\n`).join('')}made in ${seconds} s\n`);
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** All is made aside and moved at the end, so that a run that fails leaves what was there. */
function release(out: string): string[] {
  const { version } = manifest;
  const name = `3cx-relay-${version}-linux-x64`;
  mkdirSync(out, { recursive: true });
  const aside = mkdtempSync(join(out, '.making-'));
  const work = mkdtempSync(join(tmpdir(), '3cx-relay-release-'));
  try {
    const time = sourceTime(root);
    const tree = join(aside, name);
    makeTree({ root, tree, work, version, time });
    if (values.tree) return publish(aside, out, [name]);
    const archives = [packTree(tree, time), buildDeb({ root, tree, work, out: aside, version, time })];
    writeSums(aside, archives);
    return publish(aside, out, [name, `${name}.tar.zst`, debName(version), 'SHA256SUMS']);
  } finally {
    rmSync(aside, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

function publish(aside: string, out: string, names: string[]): string[] {
  for (const name of names) {
    rmSync(join(out, name), { recursive: true, force: true });
    renameSync(join(aside, name), join(out, name));
  }
  return names;
}
