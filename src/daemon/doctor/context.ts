import type { AppError } from '../../shared/errors.ts';
import type { Config, LoadedConfig } from '../config/config.ts';
import type { Clock } from '../core/ports.ts';
import type { Host } from './host.ts';
import type { LiveView, Presence } from './live-view.ts';
import { DatabaseProbe } from './probes/database-probe.ts';
import { type FirstAnswer, firstAnswer } from './probes/first-answer.ts';
import { type PbxSession, sessionOf } from './probes/pbx-session.ts';

interface ContextParts {
  loaded: Pick<LoadedConfig, 'config' | 'warnings'> | AppError;
  presence: Presence;
  host: Host;
  clock: Clock;
  /** A key to try; never shown. */
  key: string | null;
}

/** What all checks share: the answers that are asked for once, and closed at the end. */
export class Context {
  readonly loaded: ContextParts['loaded'];
  readonly presence: Presence;
  readonly host: Host;
  readonly clock: Clock;
  readonly key: string | null;
  readonly #life = new AbortController();
  #session: PbxSession | null = null;
  #database: DatabaseProbe | null = null;
  #first: Promise<FirstAnswer> | null = null;

  constructor(parts: ContextParts) {
    this.loaded = parts.loaded;
    this.presence = parts.presence;
    this.host = parts.host;
    this.clock = parts.clock;
    this.key = parts.key;
  }

  /** Only for checks that need `config`: without one they are not run. */
  get config(): Config {
    if ('config' in this.loaded) return this.loaded.config;
    throw this.loaded;
  }

  get live(): LiveView | null {
    return this.presence.kind === 'inside' ? this.presence.live : null;
  }

  /** A token of our own is taken only while surely no daemon holds one. */
  get mayUseToken(): boolean {
    return this.presence.kind === 'stopped' || this.presence.kind === 'inside';
  }

  get session(): PbxSession {
    if (!this.mayUseToken) throw new Error('a token is not to be taken now');
    this.#session ??= sessionOf({
      ...{ config: this.config, live: this.live, clock: this.clock, signal: this.#life.signal },
    });
    return this.#session;
  }

  get database(): DatabaseProbe {
    this.#database ??= new DatabaseProbe(this, this.#life.signal);
    return this.#database;
  }

  /** What the phone system answers to whom it does not know; asked once. */
  firstAnswer(): Promise<FirstAnswer> {
    this.#first ??= firstAnswer(this.config, this.clock, this.#life.signal);
    return this.#first;
  }

  async close(): Promise<void> {
    this.#life.abort();
    this.#session?.close();
    await this.#database?.close();
  }
}
