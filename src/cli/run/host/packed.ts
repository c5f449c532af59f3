import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { textOf } from '../../../host/machine/file-work.ts';
import type { Host } from '../../../host/machine/host.ts';
import { PLACES } from '../../../host/places.ts';
import { type ReleaseTree, readRelease } from '../../../host/release-tree.ts';
import { CliError } from '../../../shared/control/cli-error.ts';

export interface Unpacked {
  release: ReleaseTree;
  /** Held against SHA256SUMS beside it. */
  isVerified: boolean;
  /** Removes what was unpacked. */
  forget(): void;
}

const SUMS = 'SHA256SUMS';
const ENDING = '.tar.zst';

/** A release to read from: the folder itself, or what was in the file. Throws E_HOST. */
export async function openRelease(path: string, host: Host): Promise<Unpacked> {
  const file = resolve(path);
  const status = statSync(file, { throwIfNoEntry: false });
  if (status === undefined) throw new CliError('E_FILE', `${file} is not there.`, 'Name a release.');
  if (status.isDirectory()) return { release: readRelease(file), isVerified: false, forget: () => {} };
  if (!file.endsWith(ENDING)) {
    const hint = file.endsWith('.deb')
      ? `A package is apt's: apt install ${file}`
      : `It must end in ${ENDING}.`;
    throw new CliError('E_USAGE', `${basename(file)} is no release.`, hint);
  }
  const isVerified = await verified(file);
  // Beside the others: there is room there, and programs may be run.
  const folder = host.at(`${PLACES.releases}/.unpacked`);
  const forget = (): void => rmSync(folder, { recursive: true, force: true });
  forget();
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  try {
    await unpack(file, folder);
    const [inside] = readdirSync(folder);
    return { release: readRelease(join(folder, inside ?? '')), isVerified, forget };
  } catch (error) {
    forget();
    throw error;
  }
}

/** False when there are no sums; throws when they say otherwise. */
async function verified(file: string): Promise<boolean> {
  const sums = textOf(join(dirname(file), SUMS));
  if (sums === null) return false;
  const line = sums.split('\n').find(one => one.trim().replace(/^\S+\s+\*?(\.\/)?/, '') === basename(file));
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (line?.startsWith(found)) return true;
  const why = line === undefined ? `${SUMS} does not name it` : `its SHA-256 is ${found}`;
  throw new CliError('E_HOST', `${basename(file)} is not what was released: ${why}.`, 'Fetch it again.');
}

/** The host need not know the form of compression: its tar gets what is in it. */
async function unpack(file: string, folder: string): Promise<void> {
  const tar = spawn('tar', ['-x', '--no-same-owner', '-C', folder], { stdio: ['pipe', 'ignore', 'pipe'] });
  const said: string[] = [];
  tar.stderr.setEncoding('utf8').on('data', text => said.push(text));
  const { promise, resolve: tell } = Promise.withResolvers<number | null>();
  tar.on('error', () => tell(null));
  tar.on('close', tell);
  const why = await pipeline(createReadStream(file), createZstdDecompress(), tar.stdin).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const code = await promise;
  if (why === null && code === 0) return;
  const words = said.join('').trim() || why || 'tar is not there';
  throw new CliError('E_HOST', `${basename(file)} cannot be unpacked: ${words}.`, 'Fetch it again.');
}
