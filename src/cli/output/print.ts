import type { Common } from '../command.ts';
import type { Answer } from './answer.ts';
import { plainCell } from './answer.ts';
import { styleFor } from './style.ts';

/** Data on stdout, all else on stderr. */
export function printAnswer(answer: Answer, given: Common): void {
  const { schema, data, exit, notes } = answer;
  if (given.json) process.stdout.write(`${documentText(schema, data)}\n`);
  else if (given.plain) process.stdout.write(plainText(answer));
  else process.stdout.write(answer.text(styleFor(given)));
  if (!given.json && !given.plain) for (const one of notes ?? []) note(given, one);
  if (exit !== undefined) process.exitCode = exit;
}

/** One document for scripts. Fields are added, never renamed. */
export function documentText(schema: string, data: unknown): string {
  return JSON.stringify({ schema: `3cx-relay/${schema}`, data });
}

/** Said to whoever sits there; never part of the data. */
export function note({ quiet }: Pick<Common, 'quiet'>, text: string): void {
  if (!quiet) process.stderr.write(`${text}\n`);
}

export function plainText({ rows }: Pick<Answer, 'rows'>): string {
  return rows()
    .map(row => `${row.map(plainCell).join('\t')}\n`)
    .join('');
}
