const KEPT_LINES = 2000;
const KEPT_CHARS_MAX = 4096;
/** More than are ever written. */
const IDS_PER_MS = 1000;

interface Line {
  id: number;
  text: string;
}

type Listener = (line: Line) => void;

/** The newest lines of the log, scrubbed already, for those who look at them through the control API. */
export class RecentLines {
  #lines: Line[] = [];
  /** Higher than all of the daemon before, for who goes on where he was. */
  #last = Date.now() * IDS_PER_MS;
  readonly #listeners = new Set<Listener>();

  write(text: string): void {
    this.#last += 1;
    const line = { id: this.#last, text: text.slice(0, KEPT_CHARS_MAX).trimEnd() };
    this.#lines.push(line);
    // Half at once: a shift for each line would move all the others each time.
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines = this.#lines.slice(-KEPT_LINES);
    for (const listener of this.#listeners) listener(line);
  }

  /** Oldest first. An id that was never given, as after the clock was set back, counts as none. */
  after(id: number, limit: number): Line[] {
    const from = id > this.#last ? 0 : id;
    return this.#lines.filter(line => line.id > from).slice(-limit);
  }

  onLine(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
