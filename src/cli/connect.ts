import { TIMER_MAX_MS } from '../shared/backoff.ts';
import { CliError } from '../shared/control/cli-error.ts';
import { ControlClient } from '../shared/control/control-client.ts';
import { DURATION_FORM, parseDurationMs } from '../shared/duration.ts';
import { pathsUnder } from '../shared/paths.ts';
import type { Common } from './command.ts';
import { note } from './output/print.ts';

/** The daemon that the command line names: by `--socket`, by RELAY_HOME, or the system's own. */
export function connect(given: Common, signal?: AbortSignal): ControlClient {
  return new ControlClient({
    socketPath: socketPathOf(given),
    timeoutMs: Math.min(durationFrom('timeout', given.timeout), TIMER_MAX_MS),
    onSkew: text => note(given, text),
    ...(signal && { signal }),
  });
}

export function socketPathOf({ socket }: Pick<Common, 'socket'>): string {
  return socket ?? pathsUnder(process.env['RELAY_HOME']).controlSocket;
}

export function durationFrom(option: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== null) return ms;
  throw new CliError('E_USAGE', `--${option} is "${text}".`, `It must be ${DURATION_FORM}.`);
}
