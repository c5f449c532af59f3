interface Seen {
  total: number;
  time: number;
  perSecond: number;
}

/** Less than this between two looks says little. */
const SPAN_MIN_MS = 900;
/** How much the newest look counts. */
const WEIGHT = 0.4;
const SILENT_MS = 4000;

/** How fast totals grow, by id. */
export class Rates {
  readonly #seen = new Map<string, Seen>();

  saw(id: string, total: number, time: number): void {
    const before = this.#seen.get(id);
    if (before === undefined || total < before.total) {
      this.#seen.set(id, { total, time, perSecond: 0 });
      return;
    }
    const spanMs = time - before.time;
    if (spanMs < SPAN_MIN_MS) return;
    const newest = ((total - before.total) / spanMs) * 1000;
    const perSecond = before.perSecond * (1 - WEIGHT) + newest * WEIGHT;
    this.#seen.set(id, { total, time, perSecond });
  }

  /** The daemon tells nothing of who gets nothing. */
  of(id: string, now: number): number {
    const seen = this.#seen.get(id);
    return seen === undefined || now - seen.time > SILENT_MS ? 0 : Math.round(seen.perSecond);
  }

  /** Who is not among them went while nobody told us. */
  keepOnly(ids: readonly string[]): void {
    for (const id of this.#seen.keys()) if (!ids.includes(id)) this.#seen.delete(id);
  }

  forget(id: string): void {
    this.#seen.delete(id);
  }
}
