import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../../core/ports.ts';

interface Remembered {
  /** Null: not a key of ours. */
  keyId: string | null;
  /** By `clock.elapsed()`. */
  until: number;
}

const GOOD_MS = 60_000;
const BAD_MS = 5000;
/** Beyond, the oldest is forgotten and costs one bcrypt when it comes again. */
const REMEMBERED_MAX = 1000;
/** So that secret and key are two blocks to SHA-256, not three. */
const PROCESS_SECRET_BYTES = 24;

/** Remembers what bcrypt said, and lets all who ask about the same key at the same time wait for the same answer. */
export class VerifiedKeys {
  readonly #clock: Clock;
  /** No text of a key is kept, and what is kept means nothing in another process. */
  readonly #processSecret = randomBytes(PROCESS_SECRET_BYTES).toString('base64');
  readonly #remembered = new Map<string, Remembered>();
  readonly #underway = new Map<string, Promise<string | null>>();
  /** What was found before a change is not remembered after it. */
  #changes = 0;
  #hits = 0;
  #misses = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often no bcrypt was needed, and how often it was not known before. */
  get counts(): { hits: number; misses: number; remembered: number } {
    return { hits: this.#hits, misses: this.#misses, remembered: this.#remembered.size };
  }

  /**
   * The id of the key, or null. `find` is asked when it is not known; it answers null at once for what is no key at
   * all, which is not remembered: else made-up keys would push out the good ones.
   */
  async check(presented: string, find: () => Promise<string | null> | null): Promise<string | null> {
    const digest = this.#digest(presented);
    const keyId = this.#recall(digest);
    if (keyId !== undefined) {
      this.#hits += 1;
      return keyId;
    }
    this.#misses += 1;
    return this.#underway.get(digest) ?? this.#find(digest, find());
  }

  /** The id of a key that was found good a moment ago; null says nothing of others. */
  known(presented: string): string | null {
    const keyId = this.#recall(this.#digest(presented)) ?? null;
    if (keyId !== null) this.#hits += 1;
    return keyId;
  }

  /**
   * Drops what was remembered of these keys, and all that was unknown. What is remembered of other keys stays:
   * else one revoked key would send all the others through bcrypt at once.
   */
  forget(keyIds: ReadonlySet<string>): void {
    this.#changes += 1;
    for (const [digest, { keyId }] of this.#remembered) {
      if (keyId === null || keyIds.has(keyId)) this.#remembered.delete(digest);
    }
  }

  #digest(presented: string): string {
    return hash('sha256', this.#processSecret + presented, 'binary');
  }

  #recall(digest: string): string | null | undefined {
    const known = this.#remembered.get(digest);
    return known !== undefined && known.until > this.#clock.elapsed() ? known.keyId : undefined;
  }

  async #find(digest: string, finding: Promise<string | null> | null): Promise<string | null> {
    if (finding === null) return null;
    const changes = this.#changes;
    const answer = finding
      .then(keyId => {
        if (changes === this.#changes) this.#remember(digest, keyId);
        return keyId;
      })
      .finally(() => this.#underway.delete(digest));
    this.#underway.set(digest, answer);
    return answer;
  }

  #remember(digest: string, keyId: string | null): void {
    this.#remembered.delete(digest);
    this.#remembered.set(digest, {
      keyId,
      until: this.#clock.elapsed() + (keyId === null ? BAD_MS : GOOD_MS),
    });
    if (this.#remembered.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}
