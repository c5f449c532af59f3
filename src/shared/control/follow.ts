import type { IncomingMessage } from 'node:http';
import { backoffDelay, sleep } from '../backoff.ts';
import { CliError } from './cli-error.ts';
import type { Asking, ControlClient } from './control-client.ts';

interface Following {
  path: string;
  /** Asked at each connection, for what goes on where it was. */
  query?: () => NonNullable<Asking['query']>;
  headers?: () => Record<string, string>;
  /** NDJSON when not told otherwise. */
  read?: (response: IncomingMessage) => AsyncIterable<Line>;
  signal: AbortSignal;
}

interface Line {
  type?: string;
}

/** A line of the stream, or that there is none for the moment. */
export type Heard<One> = { line: One } | { away: Away };

export interface Away {
  why: string;
  retryInMs: number;
}

const RETRY_BASE_MS = 1000;
const RETRY_CAP_MS = 10_000;
const RETRY_FLOOR_MS = 500;
/** The daemon beats every ten seconds. */
const SILENT_MAX_MS = 30_000;
const LOGIN_TRIES = 3;
const LINE_MAX_CHARS = 2 ** 26;
/** What another try may mend, once there was a connection. */
const PASSING = new Set([
  ...['E_DAEMON_AWAY', 'E_TIMED_OUT', 'E_UNAVAILABLE', 'E_INTERNAL'],
  ...['E_TOO_MANY_CLIENTS', 'E_RATE_LIMITED', 'ECONNRESET'],
]);

/**
 * A stream of the daemon, through its restarts, until the signal. Throws what happens before the first line, and
 * later what trying again does not mend. Heartbeats are left out.
 */
export async function* follow<One extends Line>(
  connect: () => ControlClient,
  { path, query = () => ({}), headers = ndjson, read = linesOf, signal }: Following,
): AsyncGenerator<Heard<One>> {
  let hasHeard = false;
  for (let attempt = 1; ; attempt++) {
    let why = 'The stream ended.';
    try {
      // A client of its own: after a restart there is another daemon, with another token.
      const response = await connect().open(path, { query: query(), headers: headers(), signal });
      for await (const line of read(response)) {
        hasHeard = true;
        attempt = 0;
        if (isEnd(line)) why = line.detail;
        else if (line.type !== 'heartbeat') yield { line: line as One };
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!hasHeard || !mayPass(error, attempt)) throw error;
      why = isBroken(error) ? 'The connection broke off.' : error.message;
    }
    if (signal.aborted) return;
    const retryInMs = backoffDelay({
      ...{ attempt, baseMs: RETRY_BASE_MS, capMs: RETRY_CAP_MS, floorMs: RETRY_FLOOR_MS },
    });
    yield { away: { why, retryInMs } };
    if (!(await sleep(retryInMs, signal))) return;
  }
}

function ndjson(): Record<string, string> {
  return { Accept: 'application/x-ndjson' };
}

/** A JSON document a line, until the answer ends. */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<Line> {
  for await (const text of piecesOf(response, { endedBy: '\n', silentMaxMs: SILENT_MAX_MS }))
    yield JSON.parse(text);
}

interface Pieces {
  endedBy: string;
  /** The daemon beats more often than this. */
  silentMaxMs: number;
}

/** The text between the ends, as it comes; what is cut off at the end is left out. */
export async function* piecesOf(
  response: IncomingMessage,
  { endedBy, silentMaxMs }: Pieces,
): AsyncGenerator<string> {
  const silent = new CliError(
    'E_TIMED_OUT',
    `The daemon has said nothing for ${silentMaxMs / 1000} s.`,
    "Look at its log: 'journalctl -u 3cx-relay'.",
  );
  const timer = setTimeout(() => response.destroy(silent), silentMaxMs);
  let rest = '';
  try {
    for await (const piece of response.setEncoding('utf8')) {
      timer.refresh();
      const parts = (rest + piece).split(endedBy);
      rest = parts.pop() ?? '';
      if (rest.length > LINE_MAX_CHARS)
        throw new CliError('E_ANSWER', 'The daemon sent a line without an end.', 'Restart the daemon.');
      yield* parts;
    }
  } finally {
    clearTimeout(timer);
    response.destroy();
  }
}

function isEnd(line: Line): line is Line & { detail: string } {
  return line.type === 'end' && 'detail' in line;
}

/** Node says `aborted` of an answer whose other side died. */
function isBroken(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET';
}

function mayPass(error: unknown, attempt: number): error is Error {
  if (!(error instanceof Error && 'code' in error)) return false;
  // A daemon that starts listens a moment before its new token is written.
  if (error.code === 'E_LOGIN_NEEDED') return attempt <= LOGIN_TRIES;
  return PASSING.has(String(error.code));
}
