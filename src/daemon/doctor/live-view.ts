import type { ComponentHealth, LiveSigns } from '../core/ports.ts';

/** What a running daemon knows and the doctor must not find out again beside it: that would end its token. */
export interface LiveView {
  components(): (ComponentHealth & { since: number })[];
  /** XAPI and call control with the daemon's own token. Throws AppErrors. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  token(): TokenView;
  signs(): LiveSigns;
  isJournalDurable(): boolean;
  liveKeys(): number;
  relayUrl: string;
}

export interface TokenView {
  /** Of the last token; null before the first, or when it did not say. */
  roles: readonly string[] | null;
  /** How many were refused before their time, lately: more than one is somebody else taking them. */
  renewals: number;
}

/** The relay's public health, which names states and no reasons. */
export interface PublicHealth {
  status: string;
  version: string;
  uptime: number;
  components: Record<string, { state: string; since: string }>;
}

/** Whether a daemon runs on our folder, and how it can be asked. */
export type Presence =
  | { kind: 'stopped' }
  /** The lock cannot be read, and nobody answers: nothing is known, so nothing is done that could hurt it. */
  | { kind: 'unknown'; why: string }
  /** Seen from another process; null: it does not answer. */
  | { kind: 'beside'; relayUrl: string | null; health: PublicHealth | null; why: string | null }
  | { kind: 'inside'; live: LiveView };
