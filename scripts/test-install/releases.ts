import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';

const TAR_BYTES_MAX = 1_073_741_824;

/** What else a version is made to do. */
type Kind = 'whole' | 'failing' | 'spoiling';

/** Another version of the same program, which differs in its number alone, or does not come up. */
export function anotherVersion(release: string, version: string, kind: Kind = 'whole'): string {
  const before = readFileSync(join(release, 'VERSION'), 'utf8').trim();
  const folder = join(release, '..', `3cx-relay-${version}-linux-x64`);
  cpSync(release, folder, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(folder, 'VERSION'), `${version}\n`);
  for (const file of globSync(['dist/**/*.js', 'package.json'], { cwd: folder })) {
    const path = join(folder, file);
    const text = readFileSync(path, 'utf8');
    const changed = text.replaceAll(`"${before}"`, `"${version}"`);
    if (changed !== text) writeFileSync(path, changed);
  }
  const launcher = join(folder, 'bin/3cx-relay');
  const [first, ...rest] = readFileSync(launcher, 'utf8').split('\n');
  if (kind !== 'whole') writeFileSync(launcher, [first, ONLY_AS_DAEMON[kind], ...rest].join('\n'));
  return folder;
}

/** As it is shipped, with its sums; the container knows nothing of zstd. */
export function pack(folder: string): void {
  const file = `${folder}.tar.zst`;
  const tar = execFileSync('tar', ['-c', '-C', dirname(folder), basename(folder)], {
    maxBuffer: TAR_BYTES_MAX,
  });
  const packed = zstdCompressSync(tar);
  writeFileSync(file, packed);
  const sum = createHash('sha256').update(packed).digest('hex');
  writeFileSync(join(dirname(folder), 'SHA256SUMS'), `${sum}  ${basename(file)}\n`);
}

/** A spoiling one first makes its files such that no older version reads them. */
const ONLY_AS_DAEMON = {
  failing: `if [ "\${1:-}" = daemon ]; then exit 1; fi`,
  spoiling: `if [ "\${1:-}" = daemon ]; then
  cd "$(dirname "$(readlink -f "$0")")/.."
  runtime/bin/node -e "const D = require('better-sqlite3'); new D('/var/lib/3cx-relay/state.db').pragma('user_version = 99')"
  exit 1
fi`,
};
