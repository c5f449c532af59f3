import { spawnSync } from 'node:child_process';

/** Something that whoever makes the release can mend; its text says how. */
export class ReleaseError extends Error {}

/** Packages of Debian that bring the programs used here. */
const BROUGHT_BY: Record<string, string> = {
  strip: 'binutils',
  tar: 'tar',
  zstd: 'zstd',
  gzip: 'gzip',
  'dpkg-deb': 'dpkg',
};
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

interface Where {
  cwd?: string;
  env?: Record<string, string>;
}

/** A program to its end; what it printed. */
export function run(program: string, args: readonly string[], { cwd, env }: Where = {}): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env: env ?? { ...process.env, LC_ALL: 'C' },
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error && 'code' in error && error.code === 'ENOENT') {
    const hint = BROUGHT_BY[program] ? `: apt-get install ${BROUGHT_BY[program]}` : '';
    throw new ReleaseError(`${program} is needed to make a release and is not here${hint}`);
  }
  if (status !== 0) {
    const why = stderr?.trim() || error?.message || `status ${status}`;
    throw new ReleaseError(`${program} ${args.join(' ')} failed: ${why}`);
  }
  return stdout;
}

/** The one time that everything in a release carries, in seconds: so two runs give the same bytes. */
export function sourceTime(root: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined) {
    if (!/^\d{1,11}$/.test(given)) {
      throw new ReleaseError(`SOURCE_DATE_EPOCH is "${given}"; give whole seconds since 1970`);
    }
    return Number(given);
  }
  try {
    return Number(run('git', ['-C', root, 'log', '-1', '--format=%ct']).trim());
  } catch {
    throw new ReleaseError(
      'The time of the last commit cannot be told (no git here?): set SOURCE_DATE_EPOCH to seconds since 1970.',
    );
  }
}
