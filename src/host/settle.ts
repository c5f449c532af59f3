import { CliError } from '../shared/control/cli-error.ts';
import type { Piece, PieceName, Site, State, Undo } from './piece.ts';

/** What there is to do, or was done. */
export interface Step {
  piece: PieceName;
  what: string;
  state: State;
  why: string | null;
}

/** All steps, those with nothing to do too. */
export async function lookAt(pieces: readonly Piece[], site: Site): Promise<Step[]> {
  const steps: Step[] = [];
  for (const piece of pieces) {
    const { state, why = null } = await piece.look(site, changing(steps));
    steps.push({ piece: piece.name, what: piece.what(site), state, why });
  }
  return steps;
}

export function isToDo({ state }: Step): boolean {
  return state === 'absent' || state === 'other';
}

interface Settling {
  pieces: readonly Piece[];
  site: Site;
  /** Told before each step. */
  onStep(step: Step): void;
  /** When all is as it should be; a failure of it puts all back too. */
  finish?(): Promise<void>;
  /** After everything is put back: what ran before is to run again. */
  onPutBack?(): Promise<void>;
  /** With the others, just before the named piece is put. */
  before?: { piece: PieceName; work: (undos: Undo[]) => Promise<void> } | undefined;
}

/** Makes all as it should be, or nothing: after a failure everything is put back, and the reason is thrown. */
export async function settle({ pieces, site, onStep, finish, onPutBack, before }: Settling): Promise<Step[]> {
  const done: Step[] = [];
  const undos: Undo[] = [];
  try {
    for (const piece of pieces) {
      if (before?.piece === piece.name) await before.work(undos);
      const { state, why = null } = await piece.look(site, changing(done));
      const step = { piece: piece.name, what: piece.what(site), state, why };
      done.push(step);
      if (!isToDo(step)) continue;
      onStep(step);
      await piece.put(site, undos);
    }
    await finish?.();
    return done;
  } catch (error) {
    const faults = await putBack(undos, onPutBack);
    throw withReason(error, faults);
  }
}

/** In reverse; all are tried, whatever becomes of one. */
async function putBack(undos: readonly Undo[], last: Undo | undefined): Promise<string[]> {
  const faults: string[] = [];
  for (const undo of [...undos.toReversed(), ...(last === undefined ? [] : [last])]) {
    try {
      await undo();
    } catch (error) {
      faults.push(textOf(error));
    }
  }
  return faults;
}

function withReason(error: unknown, faults: readonly string[]): CliError {
  const hint = error instanceof CliError ? ` ${error.hint}` : '';
  const put =
    faults.length === 0
      ? 'Everything was put back as it was before.'
      : `Not all could be put back: ${faults.join('; ')}.`;
  return new CliError('E_HOST', put, `The reason: ${textOf(error)}${hint}`);
}

/** On one line, which is then the last one that is shown. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, '; ');
}

function changing(steps: readonly Step[]): PieceName[] {
  return steps.filter(isToDo).map(({ piece }) => piece);
}
