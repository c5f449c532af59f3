/** Objects by id, the newest first when it has a limit; what comes again keeps its place. */
export class Shelf<One> {
  readonly #idOf: (one: One) => string | number;
  readonly #most: number;
  #byId = new Map<string | number, One>();
  #all: readonly One[] | null = null;

  constructor(idOf: (one: One) => string | number, most = Number.POSITIVE_INFINITY) {
    this.#idOf = idOf;
    this.#most = most;
  }

  begin(all: readonly One[]): void {
    this.#byId = new Map(all.map(one => [this.#idOf(one), one]));
    this.#all = null;
  }

  put(one: One): void {
    const id = this.#idOf(one);
    if (this.#byId.has(id) || this.#most === Number.POSITIVE_INFINITY) this.#byId.set(id, one);
    // A limited shelf shows the newest first.
    else this.#byId = new Map([[id, one], ...[...this.#byId].slice(0, this.#most - 1)]);
    this.#all = null;
  }

  /** Behind all others. */
  putOld(one: One): void {
    const id = this.#idOf(one);
    if (this.#byId.has(id) || this.#byId.size >= this.#most) return;
    this.#byId.set(id, one);
    this.#all = null;
  }

  remove(id: string | number): void {
    if (this.#byId.delete(id)) this.#all = null;
  }

  get(id: string | number): One | undefined {
    return this.#byId.get(id);
  }

  /** The same array as long as nothing changes. */
  get all(): readonly One[] {
    this.#all ??= [...this.#byId.values()];
    return this.#all;
  }
}
