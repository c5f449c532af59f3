const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `PT9.31S`, `PT1M4S`, `P1DT2H`: parts that are zero are left out, as .NET writes durations. */
export function isoDuration(ms: number): string {
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const seconds = (ms % MINUTE_MS) / SECOND_MS;
  const time = [part(hours, 'H'), part(minutes, 'M'), part(seconds, 'S')].join('');
  if (days === 0) return `PT${time === '' ? '0S' : time}`;
  return `P${days}D${time === '' ? '' : `T${time}`}`;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Milliseconds since 1970 of a date, taken as midnight UTC, or of a time with its offset; else null. */
export function instantOf(text: string): number | null {
  const day = INSTANT.exec(text)?.[1];
  if (day === undefined) return null;
  const midnight = Date.parse(day);
  // JavaScript rolls 30 February over into March.
  if (Number.isNaN(midnight) || !isoTime(midnight).startsWith(day)) return null;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : instant;
}

function part(value: number, unit: string): string {
  return value === 0 ? '' : `${value}${unit}`;
}
