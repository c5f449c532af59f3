import type { Call, CallLeg } from '../../../../../shared/call.ts';
import type { CallBody, JournalEntry } from '../../../../../shared/journal-entry.ts';
import type { Clock } from '../../../../core/ports.ts';
import { SOURCE_NAME } from '../../options.ts';

/** When one of the PBX's own numbers had a part in a call, by our clock; null where we came too late to see it. */
export interface SeenLeg {
  dn: string;
  beganAt: number | null;
  connectedAt: number | null;
}

/** A call as we saw it happen: what is needed to know it again among the records. */
export interface SeenCall {
  call: Call;
  legs: Map<string, SeenLeg>;
  /** False when part of it was only found by a snapshot: then its times are not those of the phone system. */
  isWitnessed: boolean;
  /** As the clock's `elapsed`; null while it is open. */
  overSince: number | null;
  /** How often the records were asked in vain. */
  tries: number;
}

/** Open calls and those that ended lately; beyond it the oldest are forgotten, which costs no more than their facts. */
const CALLS_MAX = 2000;

/** Reads along in the log. Cheap, because it runs within the turn that writes the log. */
export class SeenCalls {
  readonly #clock: Clock;
  readonly #calls = new Map<string, SeenCall>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  all(): SeenCall[] {
    return [...this.#calls.values()];
  }

  forget(id: string): void {
    this.#calls.delete(id);
  }

  note(entries: readonly JournalEntry[]): void {
    for (const { type, source, body } of entries) {
      // Our own entry, so its body is what we made it.
      if (type === 'call' && source === SOURCE_NAME) this.#noteCall(JSON.parse(body) as CallBody);
    }
  }

  #noteCall({ change, call, inferred }: CallBody): void {
    const known = this.#calls.get(call.id);
    // A call we have forgotten, completed by its records: nothing is left to learn of it.
    if (!known && change !== 'call.ended' && call.state === 'ended') return;
    const seen = known ?? { call, legs: new Map(), isWitnessed: true, overSince: null, tries: 0 };
    for (const leg of call.legs) if (noteLeg(seen.legs, leg) && inferred) seen.isWitnessed = false;
    seen.call = call;
    if (call.state === 'ended') seen.overSince ??= this.#clock.elapsed();
    this.#calls.set(call.id, seen);
    if (this.#calls.size > CALLS_MAX) this.forget(this.#calls.keys().next().value ?? '');
  }
}

/** True when it told something new. */
function noteLeg(legs: Map<string, SeenLeg>, { id, dn, state, since }: CallLeg): boolean {
  const known = legs.get(id);
  const isConnected = state === 'connected' || state === 'held';
  if (known && (!isConnected || known.connectedAt !== null)) return false;
  const at = Date.parse(since);
  const beganAt = known ? known.beganAt : isConnected ? null : at;
  legs.set(id, { dn, beganAt, connectedAt: isConnected ? at : null });
  return true;
}
