const KEPT_LINES = 2000;
const KEPT_CHARS_MAX = 4096;

interface Line {
  id: number;
  text: string;
}

type Listener = (line: Line) => void;

/** The newest lines of the log, scrubbed already, for those who look at them through the control API. */
export class RecentLines {
  #lines: Line[] = [];
  #last = 0;
  readonly #listeners = new Set<Listener>();

  write(text: string): void {
    this.#last += 1;
    const line = { id: this.#last, text: text.slice(0, KEPT_CHARS_MAX).trimEnd() };
    this.#lines.push(line);
    // Half at once: a shift for each line would move all the others each time.
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines = this.#lines.slice(-KEPT_LINES);
    for (const listener of this.#listeners) listener(line);
  }

  /** Oldest first. */
  after(id: number, limit: number): Line[] {
    return this.#lines.filter(line => line.id > id).slice(-limit);
  }

  onLine(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
