import type { Context } from './context.ts';

/** Something that can be wrong, as docs/doctor.md lists it. */
export interface Fault {
  result: 'warning' | 'fail';
  cause: string;
  /** A command or a click path. */
  fix: string;
}

export interface Finding<Code extends string = string> {
  code: Code | 'OK' | 'SKIPPED';
  /** A fact each. Never a secret, never a whole phone number. */
  evidence: string[];
}

/** One thing that is looked at. It changes nothing, here or at the phone system. */
export interface Check<Code extends string = string> {
  name: string;
  looksAt: string;
  /** Where one of these fails, this one is skipped: it would only tell the same again. */
  needs: readonly string[];
  /** Warnings after which those that need it are skipped as well: there is nothing to look at. */
  endsWith?: readonly Code[];
  /** Needs a token, which only one program may hold: skipped while a daemon runs that is not asked itself. */
  isWithToken?: boolean;
  limitMs?: number;
  faults: Record<Code, Fault>;
  /** May be given up when the signal ends. */
  run(context: Context, signal: AbortSignal): Promise<Finding<Code>>;
}

/** The checks of one theme; the compiler sees to it that each finds only what it names. */
export function define<Code extends string>(check: Check<Code>): Check {
  return check;
}

export function fine<Code extends string>(...evidence: string[]): Finding<Code> {
  return { code: 'OK', evidence };
}

export function skipped<Code extends string>(...evidence: string[]): Finding<Code> {
  return { code: 'SKIPPED', evidence };
}

export function found<Code extends string>(code: Code, ...evidence: string[]): Finding<Code> {
  return { code, evidence };
}
