import type { TokenManager } from '../http/tokens.ts';
import type { ThreeCxOptions } from '../options.ts';

type Scheme = 'Bearer' | 'Basic';

interface Attempt {
  scheme: Scheme;
  token: string;
}

/**
 * How to say who we are on the upgrade. 3CX wants Bearer; the first description said Basic, so under `auto` that is
 * tried when a fresh token is refused, and what worked last is tried first the next time.
 */
export class SocketAuth {
  readonly #options: ThreeCxOptions;
  readonly #tokens: TokenManager;
  #scheme: Scheme;
  #attempt: Attempt | null = null;
  /** The refused token was exchanged once in this round. */
  #isRenewed = false;
  #refused: string[] = [];
  #verdict: string | null = null;

  constructor(options: ThreeCxOptions, tokens: TokenManager) {
    this.#options = options;
    this.#tokens = tokens;
    this.#scheme = options.callControlAuth === 'basic' ? 'Basic' : 'Bearer';
  }

  get scheme(): Scheme {
    return this.#scheme;
  }

  async header(): Promise<string> {
    if (this.#scheme === 'Basic') {
      const { clientId, clientSecret } = this.#options;
      this.#attempt = { scheme: 'Basic', token: '' };
      return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    }
    const refused = this.#attempt?.scheme === 'Bearer' && this.#isRenewed ? this.#attempt.token : null;
    const token = refused === null ? await this.#tokens.token() : await this.#tokens.replace(refused);
    this.#attempt = { scheme: 'Bearer', token };
    return `Bearer ${token}`;
  }

  /** Accepted: the next refusal begins a new round. */
  opened(): void {
    this.#isRenewed = false;
    this.#refused = [];
    this.#attempt = null;
  }

  /** After a 401. True when there is another way to try at once; false when all have failed: see `verdict`. */
  refused(): boolean {
    const { callControlAuth } = this.#options;
    const scheme = this.#attempt?.scheme ?? this.#scheme;
    if (scheme === 'Bearer' && !this.#isRenewed) {
      this.#isRenewed = true;
      return true;
    }
    this.#refused.push(scheme === 'Bearer' ? 'Bearer with a new token' : 'Basic');
    if (callControlAuth === 'auto' && this.#refused.length < 2) {
      this.#scheme = scheme === 'Bearer' ? 'Basic' : 'Bearer';
      this.#isRenewed = false;
      this.#attempt = null;
      return true;
    }
    this.#verdict = `The upgrade of the call control socket is refused (401) with ${this.#refused.join(' and with ')}. Check the API client and its "Call Control API access".`;
    this.opened();
    this.#scheme = callControlAuth === 'basic' ? 'Basic' : 'Bearer';
    return false;
  }

  /** Which ways were refused, once after all of them were. */
  verdict(): string | null {
    const verdict = this.#verdict;
    this.#verdict = null;
    return verdict;
  }
}
