import { AppError } from '../../shared/errors.ts';
import type { Component, ComponentHealth, LiveSigns } from '../core/ports.ts';
import type { Conditions } from './conditions.ts';
import type { BoardEntry, HealthBoard } from './health-board.ts';
import { PatientWrites } from './patient-writes.ts';
import type { StatusChange, StatusHistory } from './status-history.ts';

interface MonitorOptions {
  board: HealthBoard;
  history: StatusHistory;
  conditions: Pick<Conditions, 'raise' | 'clear'>;
  /** Tries at once, for each component that can be asked to. */
  reconnect: Partial<Record<Component, () => void>>;
  /** Of those whose being connected alone proves nothing. */
  liveSigns: Partial<Record<Component, () => LiveSigns>>;
}

/** A component for whoever watches: all that is known of how it is and how it has been. */
interface ComponentView extends Omit<BoardEntry, 'conditions'> {
  /** Of the last answers, the newest last. */
  latenciesMs: readonly number[];
  signs: LiveSigns | null;
  canReconnect: boolean;
}

/** A component's state is another than before. */
interface StateChange {
  component: Component;
  from: ComponentHealth['state'] | null;
  to: ComponentHealth['state'];
  at: number;
  reason: string | null;
}

const WRITER = 'connections';

/** Watches the board: keeps every change of state, tells it on, and makes a component try again now. */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #states = new Map<Component, ComponentHealth['state']>();
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #writes: PatientWrites;
  #unwatch: () => void = () => {};

  constructor(options: MonitorOptions) {
    this.#options = options;
    const { conditions } = options;
    this.#writes = new PatientWrites({
      onFault: error => conditions.raise('STATE_NOT_WRITABLE', `connection_status_history: ${error}`, WRITER),
      onGood: () => conditions.clear('STATE_NOT_WRITABLE', WRITER),
    });
  }

  start(): void {
    const { board } = this.#options;
    this.#unwatch = board.onChange((entry, isNewState) => {
      if (isNewState) this.#changed(entry);
    });
    // What was told before this began.
    for (const entry of board.components()) this.#changed(entry);
  }

  stop(): void {
    this.#unwatch();
    this.#writes.stop();
  }

  components(): ComponentView[] {
    const { board, liveSigns, reconnect } = this.#options;
    return board.components().map(({ conditions: _, ...entry }) => ({
      ...entry,
      latenciesMs: [...board.latencies(entry.component)],
      signs: liveSigns[entry.component]?.() ?? null,
      canReconnect: reconnect[entry.component] !== undefined,
    }));
  }

  /** Now, instead of at the next planned attempt. Throws E_NOT_FOUND for what cannot. */
  reconnect(component: string): void {
    const { reconnect } = this.#options;
    const known = Object.keys(reconnect) as Component[];
    const found = known.find(name => name === component);
    if (found === undefined) {
      const detail = `There is no connection "${component}"; there are ${known.join(', ')}.`;
      throw new AppError('E_NOT_FOUND', { detail });
    }
    reconnect[found]?.();
  }

  changes(query: Parameters<StatusHistory['page']>[0]): StatusChange[] {
    return this.#options.history.page(query);
  }

  /** The answer takes the listener off again. */
  onStateChange(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed({ component, state, rung, reason, latencyMs, since }: BoardEntry): void {
    const from = this.#states.get(component) ?? null;
    if (from === state) return;
    this.#states.set(component, state);
    const change = { time: since, component, state, rung, reason, latencyMs };
    this.#writes.add(() => this.#options.history.note(change));
    for (const listener of this.#listeners) {
      try {
        listener({ component, from, to: state, at: since, reason });
      } catch {
        // Whoever listens must not keep the others from hearing it, nor the component from being told.
      }
    }
  }
}
