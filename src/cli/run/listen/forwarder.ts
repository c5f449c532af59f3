import { backoffDelay, sleep } from '../../../shared/backoff.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { Common } from '../../command.ts';
import { note } from '../../output/print.ts';

interface ForwarderOptions {
  address: string;
  given: Common;
  stop: AbortSignal;
}

const ANSWER_WITHIN_MS = 10_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 15_000;
const RETRY_FLOOR_MS = 250;
/** Another try may be taken. */
const PASSING = new Set([408, 425, 429]);

/** Posts entries to an address, one after the other: the next only when it has taken the one before. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #url: URL;
  /** What may hold a secret, the query, is not said. */
  readonly #name: string;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#url = urlOf(options.address);
    this.#name = `${this.#url.origin}${this.#url.pathname}`;
  }

  /** Throws E_FORWARD when it was refused. */
  async post(json: string): Promise<void> {
    const { given, stop } = this.#options;
    for (let attempt = 1; !stop.aborted; attempt++) {
      const why = await this.#try(json);
      if (why === null && attempt > 1) note(given, `${this.#name} takes entries again.`);
      if (why === null) return;
      if (attempt === 1)
        note(given, `${this.#name} does not take an entry: ${why}. Trying again until it does.`);
      const ms = backoffDelay({
        attempt,
        baseMs: RETRY_BASE_MS,
        capMs: RETRY_CAP_MS,
        floorMs: RETRY_FLOOR_MS,
      });
      await sleep(ms, stop);
    }
  }

  /** Null: it was taken. Otherwise what another try may mend. */
  async #try(json: string): Promise<string | null> {
    const status = await this.#statusOf(json);
    if (typeof status === 'string') return status;
    if (status >= 200 && status < 300) return null;
    if (status >= 500 || PASSING.has(status)) return `it answered ${status}`;
    const { seq, epoch } = JSON.parse(json) as { seq?: number; epoch?: string };
    throw new CliError(
      'E_FORWARD',
      `${this.#name} refused an entry with status ${status}.`,
      `Mend the program there, then go on with --after ${(seq ?? 1) - 1} --epoch ${epoch}.`,
    );
  }

  async #statusOf(body: string): Promise<number | string> {
    const { stop } = this.#options;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([stop, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      });
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      if (error instanceof Error && error.name === 'TimeoutError')
        return `it did not answer within ${ANSWER_WITHIN_MS / 1000} s`;
      const cause = error instanceof Error ? error.cause : null;
      return `it cannot be reached (${cause instanceof Error && 'code' in cause ? cause.code : 'no connection'})`;
    }
  }
}

function urlOf(address: string): URL {
  const url = URL.parse(address);
  const isRight =
    url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isRight) return url;
  throw new CliError(
    'E_USAGE',
    '--forward-to is no address that entries can be posted to.',
    'It must begin with http:// or https:// and hold no password, as in http://127.0.0.1:3000/calls.',
  );
}
