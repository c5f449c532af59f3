import { CliError } from '../../shared/control/cli-error.ts';
import { DURATION_FORM, parseDurationMs } from '../../shared/duration.ts';

/** For help texts. */
export const MOMENT_FORM = 'how long ago, such as 2h, or a time such as 2026-11-20T08:00:00Z';

/** RFC 3339, also shortened; without a zone it is this host's. */
const TIME = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** A moment as people name it: `2h` is two hours ago; or a date, with or without a time. In ms. */
export function momentFrom(option: string, text: string): number {
  const agoMs = parseDurationMs(text);
  if (agoMs !== null) return Date.now() - agoMs;
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  // The parser takes the 30th of February for a day in March.
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  const dayAlone = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const ms =
    isDay && TIME.test(text) ? Date.parse(dayAlone ? `${text}T00:00` : text.replace(' ', 'T')) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw new CliError(
    'E_USAGE',
    `--${option} is "${text}".`,
    `It must be how long ago (${DURATION_FORM}), or a time such as 2026-11-20 or 2026-11-20T08:00:00Z.`,
  );
}
