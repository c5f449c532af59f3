import type { Common } from '../../command.ts';
import { connect } from '../../connect.ts';
import { canRedraw } from '../../output/screen.ts';

interface Shown {
  isReadonly?: boolean;
  ascii?: boolean;
  /** Where the daemon is, when not where the command line says. */
  socket?: string;
  /** What an operator may want to copy and try. */
  toTry?: string;
}

/** Whether somebody sits at a terminal that can be drawn on. */
export function hasScreen(): boolean {
  return canRedraw() && process.stdin.isTTY === true;
}

/** The dashboard, until the operator leaves it; loaded only here. */
export async function openOn(given: Common, shown: Shown = {}): Promise<void> {
  const { isReadonly = false, ascii = false, socket = given.socket, toTry } = shown;
  const { openDashboard } = await import('../../../tui/main.tsx');
  await openDashboard({
    connect: signal => connect({ ...given, socket, quiet: true }, signal),
    ...{ color: given.color, ascii, isReadonly, showsNumbers: given['show-numbers'] },
    ...(toTry !== undefined && { toTry }),
  });
}
