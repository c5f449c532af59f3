import { callText, visibleCalls } from '../../../core/calls/call-view.ts';
import type { RelayParts } from './parts.ts';

/** An answer says itself as of when it is, so it may be given again for a moment. */
const GIVEN_AGAIN_MS = 100;

/** `{asOf, stale, calls}` encoded: wallboards ask for it again and again, and seldom has a call changed in between. */
export class ActiveCallsAnswer {
  readonly #parts: RelayParts;
  readonly #answers = new Map<ReadonlySet<string> | null, Buffer>();
  #revision = -1;
  #madeAt = 0;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** Keys with equal limits do not share an answer; there are few of them. */
  json(onlyDns: ReadonlySet<string> | null): Buffer {
    const { book, clock } = this.#parts;
    const now = clock.elapsed();
    if (this.#revision !== book.revision || now - this.#madeAt > GIVEN_AGAIN_MS) {
      this.#answers.clear();
      this.#revision = book.revision;
      this.#madeAt = now;
    }
    const answer = this.#answers.get(onlyDns) ?? this.#encode(onlyDns);
    this.#answers.set(onlyDns, answer);
    return answer;
  }

  #encode(onlyDns: ReadonlySet<string> | null): Buffer {
    const { book, health } = this.#parts;
    const calls = visibleCalls(book, onlyDns).map(callText).join(',');
    return Buffer.from(`${JSON.stringify(health.calls()).slice(0, -1)},"calls":[${calls}]}`);
  }
}
