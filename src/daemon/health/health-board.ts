import type { Clock, Component, ComponentHealth, HealthReporter } from '../core/ports.ts';
import type { Conditions } from './conditions.ts';
import type { NewError } from './errors/error-tracker.ts';

/** A component as it stands, and since when. */
export interface BoardEntry extends ComponentHealth {
  since: number;
}

interface BoardOptions {
  clock: Clock;
  conditions: Pick<Conditions, 'tell' | 'isRaised'>;
  errors: { note(error: NewError): void };
  /** Told when state, rung or reason is another. */
  onChange: (entry: BoardEntry) => void;
}

type Listener = (entry: BoardEntry, isNewState: boolean) => void;

/** Of each component, for a line that shows how it has been. */
const LATENCIES_KEPT = 60;

/** How all parts are, as they told it themselves. */
export class HealthBoard implements HealthReporter {
  readonly #options: BoardOptions;
  readonly #components = new Map<Component, BoardEntry>();
  readonly #latencies = new Map<Component, number[]>();
  readonly #listeners = new Set<Listener>();
  readonly #startedAt: number;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#startedAt = options.clock.elapsed();
  }

  report(health: ComponentHealth): void {
    const { clock, conditions, onChange } = this.#options;
    const { component, state, reason, rung } = health;
    const before = this.#components.get(component);
    const isNewState = before?.state !== state;
    const isSame = !isNewState && before.reason === reason && before.rung === rung;
    const entry = { ...health, since: isNewState ? clock.now() : before.since };
    this.#components.set(component, entry);
    if (health.latencyMs !== null) this.#sample(component, health.latencyMs);
    conditions.tell(component, health.conditions ?? [], reason ?? '');
    if (isSame) return;
    onChange(entry);
    if (isNewState) this.#noteFault(entry);
    for (const listener of this.#listeners) listener(entry, isNewState);
  }

  incident(incident: { code: string; place: string; detail: string }): void {
    this.#options.errors.note(incident);
  }

  /** Called when a component's state, rung or reason is another. The answer takes the listener off again. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  components(): BoardEntry[] {
    return [...this.#components.values()];
  }

  /** The newest last. */
  latencies(component: Component): readonly number[] {
    return this.#latencies.get(component) ?? [];
  }

  uptimeSeconds(): number {
    return Math.floor((this.#options.clock.elapsed() - this.#startedAt) / 1000);
  }

  /** Unhealthy: no live source at all, so clients learn nothing. Degraded: something is missing, but events flow. */
  status(): 'healthy' | 'degraded' | 'unhealthy' {
    const stateOf = (component: Component): string => this.#components.get(component)?.state ?? 'down';
    const isBlind = [stateOf('callcontrol'), stateOf('xapi')].every(state => state === 'down');
    if (isBlind) return 'unhealthy';
    const isWhole = [...this.#components.values()].every(
      ({ state }) => state === 'up' || state === 'disabled',
    );
    return isWhole && !this.#options.conditions.isRaised('JOURNAL_NOT_DURABLE') ? 'healthy' : 'degraded';
  }

  #sample(component: Component, latencyMs: number): void {
    const samples = this.#latencies.get(component) ?? [];
    samples.push(latencyMs);
    if (samples.length > LATENCIES_KEPT) samples.shift();
    this.#latencies.set(component, samples);
  }

  #noteFault({ component, state, reason, conditions = [] }: BoardEntry): void {
    if (state !== 'down' && state !== 'degraded') return;
    this.#options.errors.note({
      code: conditions[0] ?? 'COMPONENT_FAULT',
      place: `${component} ${state}`,
      component,
      severity: state === 'down' ? 'error' : 'warning',
      detail: reason ?? 'No reason was given.',
    });
  }
}
