import { setTimeout as delay } from 'node:timers/promises';

interface BackoffOptions {
  /** Counts from 1. */
  attempt: number;
  baseMs: number;
  capMs: number;
  /** Never less than this; 0 unless told. */
  floorMs?: number;
  random?: () => number;
}

/** More than this a timer cannot count; Node would fire at once instead. */
export const TIMER_MAX_MS = 2 ** 31 - 1;
/** Beyond it every base is above every cap, and doubling would only leave the range of numbers. */
const DOUBLINGS_MAX = 40;

/** Full jitter: anywhere between the floor and a ceiling that doubles with each attempt up to the cap. */
export function backoffDelay({
  attempt,
  baseMs,
  capMs,
  floorMs = 0,
  random = Math.random,
}: BackoffOptions): number {
  const doublings = Math.min(Math.max(0, attempt - 1), DOUBLINGS_MAX);
  const ceiling = Math.max(floorMs, Math.min(capMs, baseMs * 2 ** doublings));
  return Math.round(floorMs + random() * (ceiling - floorMs));
}

/** Waits; true when the time has passed, false when the signal came first. Never rejects. */
export async function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(Math.min(Math.max(0, ms), TIMER_MAX_MS), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
