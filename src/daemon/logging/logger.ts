import { pino } from 'pino';
import type { Config } from '../config/config.ts';
import { createScrub } from './log-scrub.ts';

/** Fields first, then a short constant message: `logger.info({ client }, 'connected')`. */
export type Logger = Pick<pino.Logger, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'level'> & {
  child(bindings: Record<string, unknown>): Logger;
};

/** The root of all loggers. */
export interface RootLogger extends Logger {
  /** From now on, for this one and all its children. */
  setLevel(level: Config['logLevel']): void;
}

interface LoggerOptions {
  level: Config['logLevel'];
  /** Values that must never be seen, wherever they come from. */
  secrets: readonly string[];
  /** stdout otherwise. */
  output?: { write(line: string): void };
  /** Told every line as well. */
  lines?: { write(line: string): void };
  files?: { write(line: string): void } | null;
}

/** pino's number for `info`. */
const INFO_LEVEL = 30;
const CAUSES_MAX = 3;
const STACK_CHARS_MAX = 2000;
const MESSAGE_CHARS_MAX = 1000;

/** The root of all loggers: JSON lines. Each part gets a child by `loggerFor`. */
export function createLogger(options: LoggerOptions): RootLogger {
  const { level, secrets, output = stdout(), lines, files } = options;
  const scrub = createScrub(secrets);
  const stream = {
    write: (line: string) => {
      const clean = scrub(line, { isShowingNumbers: levelOf(line) < INFO_LEVEL });
      output.write(clean);
      lines?.write(clean);
      files?.write(clean);
    },
  };
  const serializers = {
    err: describeError,
    error: describeError,
    req: describeRequest,
    res: describeResponse,
  };
  // Each part makes one at its start; they keep the level they were born with, so they are told of another one.
  const children: { level: string }[] = [];
  const onChild = (child: { level: string }): void => void children.push(child);
  const root = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers, onChild },
    stream,
  );
  const setLevel = (now: Config['logLevel']): void => {
    for (const logger of [root, ...children]) logger.level = now;
  };
  return Object.assign(root, { setLevel });
}

export function loggerFor(root: Logger, part: string): Logger {
  return root.child({ part });
}

/** Every secret of a configuration, for `createLogger`. */
export function secretsOf({ pbx, adminSecret, databaseLogin, redis }: Config): string[] {
  return [pbx.clientSecret, adminSecret, databaseLogin?.password, redis?.password].filter(
    secret => typeof secret === 'string',
  );
}

function stdout(): { write(line: string): void } {
  // Synchronous: the last line before a crash is the one that matters.
  const destination = pino.destination({ fd: 1, sync: true });
  // A log that cannot be written must not stop the relay.
  destination.on('error', () => {});
  return { write: line => destination.write(line) };
}

/** Only what is named here is logged of an error: libraries hang requests with headers onto theirs. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error))
    return { type: typeof error, message: String(error).slice(0, MESSAGE_CHARS_MAX) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    ...('code' in error ? { code: String(error.code) } : {}),
    message: message.slice(0, MESSAGE_CHARS_MAX),
    stack: stack?.slice(0, STACK_CHARS_MAX),
    ...(cause !== undefined && depth < CAUSES_MAX ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** No headers, no body, no query. */
function describeRequest(request: unknown): Record<string, unknown> {
  const { method, url, id } = fieldsOf(request);
  return { id, method, path: typeof url === 'string' ? url.split('?', 1)[0] : undefined };
}

function describeResponse(response: unknown): Record<string, unknown> {
  const { statusCode } = fieldsOf(response);
  return { status: statusCode };
}

/** IncomingMessage and ServerResponse keep some of these on their prototypes, so no spreading. */
function fieldsOf(thing: unknown): Record<string, unknown> {
  if (typeof thing !== 'object' || thing === null) return {};
  return Object.fromEntries(
    ['method', 'url', 'id', 'statusCode'].map(name => [name, Reflect.get(thing, name)]),
  );
}

/** pino writes the level first; a line without is treated as one that everybody reads. */
function levelOf(line: string): number {
  return Number(/^\{"level":(\d+)/.exec(line)?.[1] ?? INFO_LEVEL);
}
