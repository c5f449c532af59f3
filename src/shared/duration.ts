const MS_PER_UNIT = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const PATTERN = /^(\d{1,6})\s?([smhdw])$/;

/** How durations are written, for messages. */
export const DURATION_FORM = 'a whole number and a unit, such as 30s, 15m, 72h, 90d or 2w';

/** Null when it is not a duration. A number without a unit is none: nobody could tell what it means. */
export function parseDurationMs(text: string): number | null {
  const [, count, unit] = PATTERN.exec(text.trim()) ?? [];
  if (count === undefined || !isUnit(unit)) return null;
  return Number(count) * MS_PER_UNIT[unit];
}

function isUnit(text: string | undefined): text is keyof typeof MS_PER_UNIT {
  return text !== undefined && Object.hasOwn(MS_PER_UNIT, text);
}
