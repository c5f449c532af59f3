import { AppError } from '../shared/errors.ts';
import { EXIT, type ExitCode } from '../shared/exit-codes.ts';

/** What keeps a command from its work, before or beside what the daemon answers. */
const CLI_ERRORS = {
  E_USAGE: EXIT.usage,
  E_DAEMON_AWAY: EXIT.daemonAway,
  E_SOCKET_DENIED: EXIT.denied,
  E_VERSION_SKEW: EXIT.failed,
  E_ANSWER: EXIT.failed,
  E_CANCELLED: EXIT.failed,
  E_TIMED_OUT: EXIT.timedOut,
  E_FILE: EXIT.failed,
} as const;

export type CliErrorCode = keyof typeof CLI_ERRORS;

/** What happened and why, then what to do next. */
export class CliError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exit: ExitCode;

  constructor(code: CliErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.exit = CLI_ERRORS[code];
  }
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
