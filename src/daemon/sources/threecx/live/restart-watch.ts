import type { Participant } from '../messages.ts';

interface SeenLeg {
  dn: string;
  isConnected: boolean;
  isGone: boolean;
  /** In which connection it was last seen. */
  era: number;
}

/** Ids kept to recognise one that comes back; the oldest are forgotten first. */
const SEEN_MAX = 10_000;
/** So far behind the highest id seen, a leg cannot just have been late. */
const BACKWARDS_MIN = 1000;

/**
 * 3CX: participant ids rise until the service restarts, then begin anew, and the restart itself is told to nobody.
 * So it is read from ids that come back, and only after a connection was lost: a restart always does that.
 */
export class RestartWatch {
  readonly #seen = new Map<number, SeenLeg>();
  #era = 0;
  #highest = { id: 0, era: 0 };

  connectionLost(): void {
    this.#era += 1;
  }

  /** Whether these legs prove that the numbers began anew. Otherwise one survivor proves that they did not. */
  provesRestart(legs: readonly Participant[]): boolean {
    if (legs.some(leg => this.#isReused(leg))) return true;
    const hasSurvivor = legs.some(({ id }) => this.#seen.get(id)?.isGone === false);
    if (hasSurvivor) this.#settle();
    return false;
  }

  note({ id, dn, status }: Participant): void {
    this.#seen.delete(id);
    const isConnected = status.toLowerCase() === 'connected';
    this.#seen.set(id, { dn, isConnected, isGone: false, era: this.#era });
    if (id >= this.#highest.id) this.#highest = { id, era: this.#era };
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > SEEN_MAX && oldest !== undefined) this.#seen.delete(oldest);
  }

  gone(id: number): void {
    const seen = this.#seen.get(id);
    if (seen) seen.isGone = true;
  }

  restarted(): void {
    this.#seen.clear();
    this.#highest = { id: 0, era: this.#era };
  }

  #isReused({ id, dn, status }: Participant): boolean {
    const seen = this.#seen.get(id);
    if (!seen) return this.#highest.era < this.#era && id < this.#highest.id - BACKWARDS_MIN;
    if (seen.era === this.#era) return false;
    // A connected leg never rings again.
    const isYounger = seen.isConnected && status.toLowerCase() !== 'connected';
    return seen.isGone || seen.dn !== dn || isYounger;
  }

  #settle(): void {
    for (const seen of this.#seen.values()) seen.era = this.#era;
    this.#highest = { ...this.#highest, era: this.#era };
  }
}
