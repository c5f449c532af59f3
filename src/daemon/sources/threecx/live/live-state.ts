import type { CallFact } from '../../../core/call-fact.ts';
import type { Clock, EventSink, HealthReporter } from '../../../core/ports.ts';
import type { DnState, Participant } from '../messages.ts';
import { SOURCE_NAME, type SourceLogger } from '../options.ts';
import type { Finding, LegId } from '../socket/participants.ts';
import { LegBook } from './leg-book.ts';
import { RestartWatch } from './restart-watch.ts';

interface StateParts {
  sink: EventSink;
  health: HealthReporter;
  clock: Clock;
  logger: SourceLogger;
  onLegGone?: () => void;
}

type FactBody = CallFact extends infer Fact
  ? Fact extends CallFact
    ? Omit<Fact, 'source' | 'at'>
    : never
  : never;

/** What we believe of the legs, and the only place that tells facts about them. */
export class LiveState {
  readonly book: LegBook;
  readonly watch = new RestartWatch();
  readonly #parts: StateParts;

  constructor(parts: StateParts) {
    this.#parts = parts;
    this.book = new LegBook(status =>
      parts.health.incident({
        code: 'unknown_status',
        place: 'callcontrol',
        detail: `3CX reports a leg as "${status.slice(0, 40)}", which we do not know; it keeps its last known state.`,
      }),
    );
  }

  /** True when the finding shows that the PBX began anew: then a snapshot is due. */
  take(finding: Finding): boolean {
    switch (finding.kind) {
      case 'nothing':
        return false;
      case 'leg': {
        const { participant, at } = finding;
        const isRestart = this.#restartIf([participant], at);
        this.watch.note(participant);
        this.learn(this.book.see(participant), at);
        return isRestart;
      }
      case 'gone': {
        const { leg, at, isInferred } = finding;
        const wasKnown = this.book.forget(leg);
        this.watch.gone(leg.id);
        // What we were told is passed on even if unknown here: whoever keeps the calls may remember more.
        if (wasKnown || !isInferred) {
          this.learn({ kind: 'legGone', legId: String(leg.id), ...(isInferred && { isInferred }) }, at);
        }
        this.#parts.onLegGone?.();
        return false;
      }
    }
  }

  /** Returns how many legs began, changed or ended without our being told. */
  takeSnapshot(
    dns: readonly DnState[],
    isPending: (leg: LegId) => boolean,
  ): { missed: number; isRestart: boolean } {
    const at = this.#parts.clock.now();
    const participants = dns.flatMap(dn => dn.participants);
    const isRestart = this.#restartIf(participants, at);
    const { legs, missed } = this.book.merge(dns, { isPending, onGone: id => this.watch.gone(id) });
    for (const participant of participants) this.watch.note(participant);
    this.learn({ kind: 'allLegs', legs: legs.map(({ kind: _kind, ...leg }) => leg) }, at);
    return { missed, isRestart };
  }

  learn(fact: FactBody, at: number): void {
    this.#parts.sink.learn({ source: SOURCE_NAME, at, ...fact });
  }

  #restartIf(participants: readonly Participant[], at: number): boolean {
    if (!this.watch.provesRestart(participants)) return false;
    this.#parts.health.incident({
      code: 'pbx_restarted',
      place: 'callcontrol',
      detail: 'The phone system restarted: its ids began anew.',
    });
    this.watch.restarted();
    this.book.clear();
    this.learn({ kind: 'restarted' }, at);
    return true;
  }
}
