import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { sha256Of } from '../inspection.ts';

/** What stands in a backup, so that it can be trusted before it is used. */
const manifestSchema = z.object({
  format: z.literal(1),
  /** Which 3cx-relay made it. */
  program: z.string(),
  createdAt: z.iso.datetime(),
  files: z
    .array(
      z.object({
        part: z.enum(['state', 'journal']),
        name: z.enum(['state.db', 'journal.db']),
        /** The file's own version. */
        version: z.int().min(1),
        bytes: z.int().min(1),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .min(1)
    .max(2),
});
export type Manifest = z.output<typeof manifestSchema>;

export const MANIFEST_FILE = 'manifest.json';

/** Throws E_BACKUP for a folder that is no backup, or one whose files are not as they were written. */
export async function readBackup(folder: string): Promise<Manifest> {
  const manifest = readManifest(join(folder, MANIFEST_FILE));
  for (const { name, bytes, sha256 } of manifest.files) {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) throw unusable(`${file} is missing`);
    if (found.size !== bytes) throw unusable(`${file} has ${found.size} bytes, not ${bytes}`);
    if ((await sha256Of(file)) !== sha256) throw unusable(`${file} was changed after it was written`);
  }
  return manifest;
}

export function unusable(why: string): AppError {
  return new AppError('E_BACKUP', { detail: `${why}. Nothing was changed; take another backup.` });
}

function readManifest(file: string): Manifest {
  let text: string;
  try {
    // A pipe would never end, nor would some devices.
    if (!statSync(file).isFile()) throw new Error('no file');
    text = readFileSync(file, 'utf8');
  } catch {
    throw unusable(`${file} cannot be read, so this is no backup of 3cx-relay, or not all of one`);
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw unusable(`${file} is not a manifest that this version understands`);
  }
}
