import { localTime } from '../../shared/telling/time.ts';

const STEP_S = 10;

/**
 * `20 s`, `5 min`, `3 h 05`, `2 d 4 h`: in steps coarse enough that a quiet screen stands still, because each change
 * crosses somebody's slow line.
 */
export function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return seconds < STEP_S ? '<10 s' : `${seconds - (seconds % STEP_S)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, '0')}`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `14:05:09`, with the day before it when it is another one. */
export function timeOf(time: number | string | null, now: number): string {
  const text = localTime(time);
  if (text === null) return '-';
  const [day = '', clock = ''] = text.split(' ');
  return localTime(now).startsWith(day) ? clock : `${day.slice(5)} ${clock.slice(0, 5)}`;
}

/** `14:05` or `11-20 14:05`. */
export function minuteOf(time: number | null, now: number): string {
  const text = timeOf(time, now);
  return /^\d\d:\d\d:\d\d$/.test(text) ? text.slice(0, 5) : text;
}
