import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type DatabasePart = 'state' | 'journal';

const SCHEMA_FILE = 'schema.sql';

/** Reads schema.sql from the root of the tree, be it that this runs as source (src/…) or bundled (dist/…). */
export function readSchema(): string {
  const start = import.meta.dirname;
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, SCHEMA_FILE);
    if (existsSync(file)) return readFileSync(file, 'utf8');
    if (folder === dirname(folder)) throw new Error(`${SCHEMA_FILE} is missing above ${start}: install anew`);
  }
}

/** The statements of one file: what stands between its marker line and the next. */
export function schemaOf(schema: string, part: DatabasePart): string {
  const parts = schema.split(/^-- database: (\w+)$/m);
  const sql = parts[parts.indexOf(part) + 1];
  if (!parts.includes(part) || sql === undefined) throw new Error(`${SCHEMA_FILE} has no part "${part}"`);
  return sql;
}
