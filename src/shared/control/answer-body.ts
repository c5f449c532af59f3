import type { IncomingMessage } from 'node:http';
import { AppError, ERRORS, type ErrorCode } from '../errors.ts';
import { CliError } from './cli-error.ts';

/** Far more than any page of the daemon has. */
const BODY_MAX_BYTES = 2 ** 26;
const ERROR_BODY_MAX_BYTES = 65_536;
const SHOWN_CHARS = 60;

/** The JSON of an answer; undefined where there is none. Throws the error that it tells of. */
export async function bodyOf(response: IncomingMessage, timeoutMs: number): Promise<unknown> {
  if ((response.statusCode ?? 0) >= 400) throw await errorOf(response, timeoutMs);
  const text = await textOf(response, { maxBytes: BODY_MAX_BYTES, timeoutMs });
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw notOurs(`It answered what is no JSON: "${text.slice(0, SHOWN_CHARS)}".`);
  }
}

/** A problem with our code becomes the error it was over there. */
export async function errorOf(response: IncomingMessage, timeoutMs: number): Promise<Error> {
  const text = await textOf(response, { maxBytes: ERROR_BODY_MAX_BYTES, timeoutMs });
  try {
    const { code, detail } = JSON.parse(text) as { code: string; detail: string };
    if (code in ERRORS) return new AppError(code as ErrorCode, { detail });
  } catch {
    // Said below.
  }
  return notOurs(`It answered with status ${response.statusCode} and no error that we know.`);
}

interface Limits {
  maxBytes: number;
  timeoutMs: number;
}

async function textOf(response: IncomingMessage, { maxBytes, timeoutMs }: Limits): Promise<string> {
  const timer = setTimeout(() => response.destroy(tooLate(timeoutMs)), timeoutMs);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw notOurs(`Its answer has more than ${maxBytes} bytes.`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof CliError || (error instanceof Error && error.name === 'AbortError')) throw error;
    throw cutOff();
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function cutOff(): CliError {
  return new CliError(
    'E_DAEMON_AWAY',
    'The daemon went away in the middle of its answer.',
    "Try again; '3cx-relay doctor' tells why it does not run.",
  );
}

export function notOurs(why: string): CliError {
  return new CliError(
    'E_ANSWER',
    `What answers on the socket does not speak as our daemon does. ${why}`,
    'Does --socket or RELAY_HOME name the right one?',
  );
}

export function tooLate(ms: number): CliError {
  return new CliError(
    'E_TIMED_OUT',
    `The daemon did not answer within ${ms / 1000} s.`,
    "Give it longer with --timeout, or look at its log: 'journalctl -u 3cx-relay'.",
  );
}
