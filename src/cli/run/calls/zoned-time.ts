import { CliError } from '../../../shared/control/cli-error.ts';
import { localTime } from '../../../shared/telling/time.ts';
import { momentFrom } from '../../words/moment.ts';

const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?$/;

/** Times as one zone writes them; null is this host's. */
export class ZonedTime {
  readonly #format: Intl.DateTimeFormat | null;

  /** Throws E_USAGE for a zone that does not exist. */
  constructor(zone: string | undefined) {
    this.#format = zone === undefined ? null : formatOf(zone);
  }

  /** `2026-11-20 15:04:05`. */
  text(time: string | null): string | null {
    const here = localTime(time);
    return time === null || here === null || this.#format === null
      ? here
      : this.#format.format(Date.parse(time));
  }

  /** A moment as people name it, in ms; without a zone of its own it is of this one. */
  moment(option: string, text: string): number {
    if (this.#format === null || !WITHOUT_ZONE.test(text)) return momentFrom(option, text);
    const wanted = momentFrom(option, `${text.length > 10 ? text.replace(' ', 'T') : `${text}T00:00`}Z`);
    // Twice, because the first guess may lie on the other side of a change to summer time.
    const guess = wanted - this.#offsetAt(wanted);
    return wanted - this.#offsetAt(guess);
  }

  #offsetAt(ms: number): number {
    const whole = Math.floor(ms / 1000) * 1000;
    return Date.parse(`${this.#format?.format(whole).replace(' ', 'T')}Z`) - whole;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    // Sweden writes dates as RFC 3339 does.
    return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  } catch {
    throw new CliError(
      'E_USAGE',
      `--zone is "${zone}", which is no time zone.`,
      'It must be a name such as Europe/Berlin or UTC.',
    );
  }
}
