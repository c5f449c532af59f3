import type { LinkBody } from '../../../../shared/journal-entry.ts';
import type { Clock, Component, ComponentHealth, EventSink, HealthReporter } from '../../../core/ports.ts';
import { SOURCE_NAME } from '../options.ts';

interface LinkParts {
  sink: EventSink;
  health: HealthReporter;
  clock: Clock;
}

/** Tells how one component is: always to health, and into the log when its state changes. */
export class ComponentLink {
  readonly #component: Component;
  readonly #parts: LinkParts;
  #last: ComponentHealth | null = null;

  constructor(component: Component, parts: LinkParts) {
    this.#component = component;
    this.#parts = parts;
  }

  tell(next: Partial<Omit<ComponentHealth, 'component' | 'state'>> & Pick<ComponentHealth, 'state'>): void {
    const { sink, health, clock } = this.#parts;
    const component = this.#component;
    const told = { component, rung: null, reason: null, latencyMs: null, nextAttemptAt: null, ...next };
    const isChange = this.#last?.state !== told.state;
    this.#last = told;
    health.report(told);
    if (!isChange) return;
    const body: LinkBody = { component, state: told.state, reason: told.reason };
    sink.append({
      time: clock.now(),
      type: 'link',
      source: SOURCE_NAME,
      dns: [],
      body: JSON.stringify(body),
    });
  }

  /** A new measurement of the same state. */
  measured(latencyMs: number): void {
    if (!this.#last) return;
    this.#last = { ...this.#last, latencyMs };
    this.#parts.health.report(this.#last);
  }
}
