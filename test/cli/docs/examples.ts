import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const FILE = join(import.meta.dirname, 'examples.json');
/** Enough to see what there is. */
const SHOWN_PER_LIST = 1;
const STRING_CHARS = 100;

/** Of each schema one document as a command printed it, by `UPDATE_EXAMPLES=1 vitest run test/cli/manners.test.ts`. */
export function examples(): Record<string, unknown> {
  return JSON.parse(readFileSync(FILE, 'utf8'));
}

export function recordExamples(seen: Record<string, unknown>, home: string): void {
  if (!process.env['UPDATE_EXAMPLES']) return;
  const text = JSON.stringify(shortened(seen), null, 2)
    .replaceAll(home, '/srv/relay')
    .replaceAll(process.execPath, '/opt/3cx-relay/runtime/bin/node')
    .replaceAll(ROOT, '/opt/3cx-relay')
    .replaceAll(hostname(), 'pbx')
    .replaceAll(/rk_[\w-]+/g, 'rk_…')
    .replaceAll(/("password": )"[^"]*"/g, '$1"…"');
  writeFileSync(FILE, `${text}\n`);
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > STRING_CHARS) return `${value.slice(0, STRING_CHARS)}…`;
  if (Array.isArray(value)) return value.slice(0, SHOWN_PER_LIST).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one)]));
}
