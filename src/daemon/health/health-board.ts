import type { Clock, Component, ComponentHealth, HealthReporter } from '../core/ports.ts';

/** A component as it stands, and since when. */
interface BoardEntry extends ComponentHealth {
  since: number;
}

/** Something unexpected that was survived, with how often. */
interface Incident {
  code: string;
  place: string;
  detail: string;
  count: number;
  firstAt: number;
  lastAt: number;
}

interface BoardOptions {
  clock: Clock;
  onChange: (entry: BoardEntry) => void;
  /** Told once when an incident is new, not at each repeat. */
  onIncident: (incident: Incident) => void;
}

/** Different incidents kept; the one not seen for longest goes. */
const INCIDENTS_MAX = 1000;

/** How all parts are, as they told it themselves. */
export class HealthBoard implements HealthReporter {
  readonly #options: BoardOptions;
  readonly #components = new Map<Component, BoardEntry>();
  readonly #incidents = new Map<string, Incident>();
  readonly #startedAt: number;
  #journalFault: string | null = null;

  constructor(options: BoardOptions) {
    this.#options = options;
    this.#startedAt = options.clock.elapsed();
  }

  report(health: ComponentHealth): void {
    const before = this.#components.get(health.component);
    const isSame =
      before?.state === health.state && before.reason === health.reason && before.rung === health.rung;
    const since = before?.state === health.state ? before.since : this.#options.clock.now();
    const entry = { ...health, since };
    this.#components.set(health.component, entry);
    if (!isSame) this.#options.onChange(entry);
  }

  incident({ code, place, detail }: Pick<Incident, 'code' | 'place' | 'detail'>): void {
    const key = `${code}|${place}`;
    const now = this.#options.clock.now();
    const known = this.#incidents.get(key);
    const incident = known
      ? { ...known, detail, count: known.count + 1, lastAt: now }
      : { code, place, detail, count: 1, firstAt: now, lastAt: now };
    this.#incidents.delete(key);
    this.#incidents.set(key, incident);
    if (this.#incidents.size > INCIDENTS_MAX)
      this.#incidents.delete(this.#incidents.keys().next().value ?? '');
    if (!known) this.#options.onIncident(incident);
  }

  setJournal({ fault }: { fault: string | null }): void {
    this.#journalFault = fault;
  }

  components(): BoardEntry[] {
    return [...this.#components.values()];
  }

  incidents(): Incident[] {
    return [...this.#incidents.values()];
  }

  get journalFault(): string | null {
    return this.#journalFault;
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
    return isWhole && this.#journalFault === null ? 'healthy' : 'degraded';
  }
}
