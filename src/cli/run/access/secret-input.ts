import { randomInt } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { Common } from '../../command.ts';
import { askHidden, canAsk } from '../../output/ask.ts';

/** Where passwords come from. */
export interface PasswordSource extends Pick<Common, 'input'> {
  'password-stdin': boolean;
  'password-file': string | undefined;
  generate?: boolean;
}

const LINE_MAX_CHARS = 4096;
const FILE_MAX_BYTES = 16_384;
/** Without those that are taken for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_LETTERS = 4;

/** A new password, from wherever it is to come. */
export async function newPassword(source: PasswordSource, label: string): Promise<string> {
  const [line] = (await givenLines(source, 1)) ?? [];
  if (source.generate && line !== undefined) throw oneSource();
  if (source.generate) return madePassword();
  return line ?? askedTwice(source, label);
}

export function madePassword(): string {
  const letter = (): string => LETTERS[randomInt(LETTERS.length)] ?? '';
  const group = (): string => Array.from({ length: GROUP_LETTERS }, letter).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

/** Null: neither stdin nor a file was named. */
export async function givenLines(source: PasswordSource, count: number): Promise<string[] | null> {
  const file = source['password-file'];
  if (file !== undefined && source['password-stdin']) throw oneSource();
  if (file === undefined && !source['password-stdin']) return null;
  const text = file === undefined || file === '-' ? await readStdin() : readSecret(file);
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const isRight = lines.length === count && lines.every(line => line !== '' && line.length <= LINE_MAX_CHARS);
  if (isRight) return lines;
  const wanted = count === 1 ? 'one line with the password' : 'two lines: the old password and the new one';
  throw new CliError('E_USAGE', 'What was given is no password.', `It must be ${wanted}, none empty.`);
}

export async function askedPassword(source: PasswordSource, label: string): Promise<string> {
  if (canAsk(source)) return askHidden(label);
  throw new CliError(
    'E_USAGE',
    'A password is needed, and nobody can be asked here.',
    'Give it with --password-stdin or --password-file.',
  );
}

/** Twice, because nobody sees what is typed. */
export async function askedTwice(source: PasswordSource, label: string): Promise<string> {
  const password = await askedPassword(source, `${label}: `);
  if ((await askHidden('Once more: ')) === password) return password;
  throw new CliError('E_CANCELLED', 'The two were not the same. Nothing was changed.', 'Try again.');
}

/** One line of a file, such as a token. */
export function readSecret(file: string): string {
  try {
    return readSmall(file);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it is no small file';
    throw new CliError(
      'E_FILE',
      `The file ${file} cannot be read (${why}).`,
      'Name a file that you may read; sudo may help.',
    );
  }
}

/** Also from a pipe; never more than a secret can have, whatever stands there. */
function readSmall(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(FILE_MAX_BYTES + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) {
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > FILE_MAX_BYTES) throw new Error('too large');
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

export async function readStdin(): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return text(process.stdin);
}

function oneSource(): CliError {
  return new CliError(
    'E_USAGE',
    'Passwords come from one place.',
    'Give one of --password-stdin, --password-file and --generate.',
  );
}
