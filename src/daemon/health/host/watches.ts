import { statfsSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { ClockWatch } from '../../core/clock-watch.ts';
import type { Clock } from '../../core/ports.ts';
import type { Watch } from './host-watch.ts';

/** A key as far as its end matters. */
interface EndingKey {
  id: string;
  name: string;
  expiresAt: number | null;
  revokedAt: number | null;
}

export interface HostProbes {
  clock: Clock;
  /** Where the relay keeps its files. */
  folder: string;
  keys: () => readonly EndingKey[];
  hasAdmin: () => boolean;
  /** By how much the phone system's clock is ahead of ours; null while it has not said. */
  skewMs: () => number | null;
  /** What the login to the database may do besides reading; null when nothing. */
  wideRights: () => string | null;
  /** What tests replace. */
  freeBytes?: (folder: string) => number;
  residentBytes?: () => number;
  loopDelayMs?: () => number;
}

const MIB = 1_048_576;
const DISK_LOW_BYTES = 500 * MIB;
const DISK_VERY_LOW_BYTES = 200 * MIB;
const MEMORY_HIGH_BYTES = 400 * MIB;
const LOOP_BLOCKED_MS = 500;
const LOOP_RESOLUTION_MS = 100;
const SKEW_MAX_MS = 30_000;
const EXPIRES_SOON_MS = 7 * 86_400_000;
const KEYS_NAMED_MAX = 5;

/** All that is watched, in one list. */
export function hostWatches(probes: HostProbes): Watch[] {
  const { clock, folder, keys, hasAdmin, skewMs, wideRights, freeBytes = freeBytesOf } = probes;
  const { residentBytes = () => process.memoryUsage.rss() } = probes;
  const clockWatch = new ClockWatch(clock);
  return [
    { code: 'DISK_VERY_LOW', look: () => shortOf(freeBytes(folder), DISK_VERY_LOW_BYTES, folder) },
    { code: 'DISK_LOW', look: () => shortOf(freeBytes(folder), DISK_LOW_BYTES, folder) },
    { code: 'MEMORY_HIGH', look: () => tooLarge(residentBytes()) },
    loopWatch(probes.loopDelayMs),
    { code: 'CLOCK_SKEW', look: () => skewed(skewMs()) },
    { code: 'DATABASE_RIGHTS_WIDE', look: wideRights },
    { code: 'CLOCK_STEPPED', look: () => stepped(clockWatch.look()) },
    { code: 'KEY_EXPIRES_SOON', look: () => endingSoon(keys(), clock.now()) },
    { code: 'NO_ADMIN', look: () => (hasAdmin() ? null : 'No enabled user has the role admin.') },
  ];
}

export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function shortOf(free: number, limit: number, folder: string): string | null {
  return free < limit ? `${folder}: ${mib(free)} MiB are free.` : null;
}

function tooLarge(bytes: number): string | null {
  return bytes > MEMORY_HIGH_BYTES ? `${mib(bytes)} MiB are in use.` : null;
}

/** How long the loop stood still at most since the last look. */
function loopWatch(given?: () => number): Watch {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  histogram.enable();
  const measured = (): number => {
    // The time between two ticks, of which one interval is no delay.
    const worst = histogram.max / 1e6 - LOOP_RESOLUTION_MS;
    histogram.reset();
    return worst;
  };
  return {
    code: 'LOOP_BLOCKED',
    look: () => {
      const ms = (given ?? measured)();
      return ms > LOOP_BLOCKED_MS ? `It stood still for ${Math.round(ms)} ms.` : null;
    },
    stop: () => void histogram.disable(),
  };
}

function skewed(ms: number | null): string | null {
  if (ms === null || Math.abs(ms) <= SKEW_MAX_MS) return null;
  const seconds = Math.round(Math.abs(ms) / 1000);
  return `The phone system's clock is ${seconds} s ${ms > 0 ? 'ahead of' : 'behind'} ours.`;
}

function stepped(byMs: number): string | null {
  if (byMs === 0) return null;
  return `It was set ${byMs > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(byMs) / 1000)} s.`;
}

function endingSoon(keys: readonly EndingKey[], now: number): string | null {
  const ending = keys
    .filter(({ revokedAt, expiresAt }) => revokedAt === null && expiresAt !== null && expiresAt > now)
    .filter(({ expiresAt }) => (expiresAt ?? 0) - now < EXPIRES_SOON_MS)
    .toSorted((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0));
  if (ending.length === 0) return null;
  const named = ending
    .slice(0, KEYS_NAMED_MAX)
    .map(({ id, name, expiresAt }) => `${id} (${name}) on ${new Date(expiresAt ?? 0).toISOString()}`);
  const more = ending.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

function mib(bytes: number): number {
  return Math.round(bytes / MIB);
}
