import { Listener, type ListenerOptions } from './listener.ts';

const RETRY_MS = 50;

/** A client as the documentation asks for it: whenever it is cut off it comes back with its place, for ever. */
export class FaithfulClient {
  readonly #optionsOf: (after: number | undefined) => ListenerOptions;
  #listener: Listener;
  #faults = 0;
  #entries = 0;
  #isOver = false;
  returns = 0;

  constructor(optionsOf: (after: number | undefined) => ListenerOptions) {
    this.#optionsOf = optionsOf;
    this.#listener = this.#dial(undefined);
  }

  get isOpen(): boolean {
    return this.#listener.isOpen;
  }

  get cursor(): number {
    return this.#listener.cursor;
  }

  get entries(): number {
    return this.#entries + this.#listener.entries;
  }

  /** Entries missing, repeated or out of order, and gaps that were told, over all its connections. */
  get faults(): number {
    const { holes, disorder, gaps } = this.#listener.faults;
    return this.#faults + holes + disorder + gaps;
  }

  end(): void {
    this.#isOver = true;
    this.#listener.end();
  }

  #dial(after: number | undefined): Listener {
    const listener = new Listener(this.#optionsOf(after));
    listener.opened().then(
      () => this.returns++,
      () => {},
    );
    listener.onEnd = () => {
      if (this.#isOver) return;
      const place = listener.cursor > 0 ? listener.cursor : undefined;
      this.#faults = this.faults;
      this.#entries = this.entries;
      setTimeout(() => {
        if (!this.#isOver) this.#listener = this.#dial(place);
      }, RETRY_MS);
    };
    return listener;
  }
}
