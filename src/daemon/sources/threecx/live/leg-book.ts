import type { PartyKind } from '../../../../shared/call.ts';
import type { LegFact } from '../../../core/call-fact.ts';
import type { DnState, Participant } from '../messages.ts';
import { type KnownDn, kindOfType, legFactOf } from '../normalise.ts';

interface KnownLeg {
  participant: Participant;
  fact: LegFact;
}

/** What a snapshot showed against what we had been told. */
interface Merged {
  legs: LegFact[];
  /** Legs that began, changed or ended without our being told. */
  missed: number;
}

interface MergeOptions {
  /** We were told that something changed there and are asking already. */
  isPending: (leg: { dn: string; id: number }) => boolean;
  onGone: (id: number) => void;
}

/** Numbers kept by name and kind; a PBX has fewer. Beyond it new ones stay nameless. */
const DNS_MAX = 50_000;

/** The legs as we know them, and the numbers they stand at. */
export class LegBook {
  readonly #legs = new Map<string, KnownLeg>();
  readonly #dns = new Map<string, KnownDn>();
  readonly #onUnknownStatus: (status: string) => void;
  /** Legs that changed while a snapshot was under way: what we were told meanwhile is newer. */
  #touched: Set<string> | null = null;

  constructor(onUnknownStatus: (status: string) => void) {
    this.#onUnknownStatus = onUnknownStatus;
  }

  readonly lookup = (dn: string): KnownDn | undefined => this.#dns.get(dn);

  /** What was said before stands where nothing new is said. */
  describe(dn: string, { kind, name }: { kind?: PartyKind; name?: string }): void {
    const known = this.#dns.get(dn);
    if (dn === '' || (!known && this.#dns.size >= DNS_MAX)) return;
    this.#dns.set(dn, { kind: kind ?? known?.kind ?? 'unknown', name: name || (known?.name ?? '') });
  }

  see(participant: Participant): LegFact {
    const key = keyOf(participant);
    this.#touched?.add(key);
    const fact = this.#factOf(participant);
    this.#legs.set(key, { participant, fact });
    return fact;
  }

  /** False when we did not know it. */
  forget(leg: { dn: string; id: number }): boolean {
    const key = keyOf(leg);
    this.#touched?.add(key);
    return this.#legs.delete(key);
  }

  clear(): void {
    this.#legs.clear();
  }

  snapshotBegins(): void {
    this.#touched = new Set();
  }

  /** Takes the snapshot over, except for legs we were told of while it was on its way. */
  merge(dns: readonly DnState[], { isPending, onGone }: MergeOptions): Merged {
    const touched = this.#touched ?? new Set<string>();
    this.#touched = null;
    for (const { dn, type } of dns) this.describe(dn, { kind: kindOfType(type) });
    const shown = new Map(dns.flatMap(({ participants }) => participants.map(one => [keyOf(one), one])));
    let missed = 0;
    for (const [key, { participant }] of [...this.#legs]) {
      if (touched.has(key) || shown.has(key)) continue;
      if (!isPending(participant)) missed += 1;
      this.#legs.delete(key);
      onGone(participant.id);
    }
    for (const [key, participant] of shown) {
      if (touched.has(key)) continue;
      const before = this.#legs.get(key)?.participant;
      const isSame = before?.status === participant.status && before.callid === participant.callid;
      if (!isSame && !isPending(participant)) missed += 1;
      this.#legs.set(key, { participant, fact: this.#factOf(participant) });
    }
    return { legs: [...this.#legs.values()].map(({ fact }) => fact), missed };
  }

  #factOf(participant: Participant): LegFact {
    const known = this.#legs.get(keyOf(participant));
    // In another call it may have another part: after a transfer who was called may be the one who calls.
    const past = known?.participant.callid === participant.callid ? known.fact : undefined;
    const { leg, unknownStatus } = legFactOf(participant, { lookup: this.lookup, past });
    if (unknownStatus !== null) this.#onUnknownStatus(unknownStatus);
    return leg;
  }
}

function keyOf({ dn, id }: { dn: string; id: number }): string {
  return `${dn}/${id}`;
}
