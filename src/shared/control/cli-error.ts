import { AppError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

interface CliErrorKind {
  exit: ExitCode;
  /** For docs/errors.md. */
  means: string;
}

/** What keeps a command from its work, before or beside what the daemon answers. */
export const CLI_ERRORS = {
  E_USAGE: { exit: EXIT.usage, means: 'The command line cannot be understood, or asks for what cannot be' },
  E_DAEMON_AWAY: { exit: EXIT.daemonAway, means: 'The daemon does not run, or not where it is looked for' },
  E_SOCKET_DENIED: { exit: EXIT.denied, means: 'This Unix user may not open the socket' },
  E_VERSION_SKEW: { exit: EXIT.failed, means: 'Daemon and command line are too different in age' },
  E_ANSWER: { exit: EXIT.failed, means: 'Something else than our daemon answers on the socket' },
  E_CANCELLED: { exit: EXIT.failed, means: 'A question was not answered with yes; nothing was changed' },
  E_TIMED_OUT: { exit: EXIT.timedOut, means: 'The daemon did not answer in time' },
  E_FILE: { exit: EXIT.failed, means: 'A file that was named cannot be read or written' },
  E_CUT_OFF: { exit: EXIT.upstream, means: 'The answer ended early: what was written is not all' },
  E_FORWARD: { exit: EXIT.failed, means: 'The address of --forward-to refused an entry' },
  E_HOST: { exit: EXIT.failed, means: 'A step on this machine failed, or cannot be done there as it is' },
  E_UNEXPECTED: { exit: EXIT.failed, means: 'A defect of the command line; --verbose shows where' },
} as const satisfies Record<string, CliErrorKind>;

type CliErrorCode = keyof typeof CLI_ERRORS;

/** What happened and why, then what to do next. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exit: ExitCode;

  constructor(code: CliErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.exit = CLI_ERRORS[code].exit;
  }
}

/** Where a command can do without the daemon. */
export function isDaemonAway(error: unknown): error is CliError {
  return error instanceof CliError && error.code === 'E_DAEMON_AWAY';
}

interface Told {
  code: string;
  message: string;
  hint: string;
  exit: number;
}

/** Of any error: how it is told. Null for what nobody expected. */
export function toldOf(error: unknown): Told | null {
  if (error instanceof CliError) return error;
  if (!(error instanceof AppError)) return null;
  const { code, detail, kind } = error;
  // 78 speaks to the service manager; people's commands call a wrong configuration wrong usage.
  const exit = code === 'E_CONFIG' ? EXIT.usage : (kind.exit ?? EXIT.failed);
  return { code, message: kind.title, hint: detail, exit };
}
