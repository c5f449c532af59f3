import type { Directory } from './directory.ts';

export interface AgentState {
  dn: string;
  queueStatus: 'LoggedIn' | 'LoggedOut';
  profile: string;
  since: number;
}

/** A stretch of time in which an agent's state stayed the same. */
export interface AgentInterval extends AgentState {
  until: number;
}

type AgentListener = (ended: AgentInterval, now: AgentState) => void;

export const PROFILES = ['Available', 'Away', 'Out of office', 'Custom 1', 'Custom 2'];
const INTERVALS_KEPT = 10_000;

/** Who is logged in to queues and with which profile: live values, plus the past ones for the login report. */
export class AgentBoard {
  readonly #now: () => number;
  readonly #states = new Map<string, AgentState>();
  readonly #past: AgentInterval[] = [];
  readonly #listeners = new Set<AgentListener>();

  constructor(directory: Directory, now: () => number) {
    this.#now = now;
    const since = now();
    for (const { number: dn } of directory.extensions) {
      this.#states.set(dn, { dn, queueStatus: 'LoggedIn', profile: 'Available', since });
    }
  }

  onChange(listener: AgentListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  of(dn: string): AgentState | undefined {
    return this.#states.get(dn);
  }

  past(): readonly AgentInterval[] {
    return this.#past;
  }

  /** Returns false when nobody has that number. */
  change(dn: string, changes: Partial<Pick<AgentState, 'queueStatus' | 'profile'>>): boolean {
    const before = this.#states.get(dn);
    if (!before) return false;
    const now = { ...before, ...changes, since: this.#now() };
    if (now.queueStatus === before.queueStatus && now.profile === before.profile) return true;
    const ended = { ...before, until: now.since };
    this.#states.set(dn, now);
    this.#past.push(ended);
    if (this.#past.length > INTERVALS_KEPT) this.#past.shift();
    for (const listener of this.#listeners) listener(ended, now);
    return true;
  }
}
