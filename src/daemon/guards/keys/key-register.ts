import type { Clock } from '../../core/ports.ts';
import { blockListOf } from '../networks.ts';
import type { Principal } from '../principal.ts';
import type { ApiKey, KeyTable, StoredKey } from './key-table.ts';

interface KeyRegisterOptions {
  table: KeyTable;
  clock: Clock;
  /** For keys that have none of their own. */
  ratePerMinute: number;
  onFault(error: unknown): void;
  /** After every reading of the table, with the ids whose row is other than before. */
  onChanged(ids: ReadonlySet<string>): void;
}

type EndedListener = (keyId: string) => void;

/** How soon a key is noticed that the CLI made or revoked in the same file; what expired, too. */
const LOOK_INTERVAL_MS = 500;
const SAVE_USES_INTERVAL_MS = 60_000;

/** All keys in memory, kept level with the table, which another process may write as well. Tells when a key ends. */
export class KeyRegister {
  readonly #table: KeyTable;
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  readonly #onChanged: (ids: ReadonlySet<string>) => void;
  readonly #listeners = new Set<EndedListener>();
  readonly #unsavedUses = new Map<string, number>();
  #keys = new Map<string, StoredKey>();
  /** Of those keys that lived at the last look. */
  #principals = new Map<string, Principal>();
  #checkSecret = '';
  #version: number | null = null;
  #timers: NodeJS.Timeout[] = [];
  #ratePerMinute: number;

  constructor({ table, clock, ratePerMinute, onFault, onChanged }: KeyRegisterOptions) {
    this.#table = table;
    this.#clock = clock;
    this.#ratePerMinute = ratePerMinute;
    this.#onFault = onFault;
    this.#onChanged = onChanged;
  }

  get checkSecret(): string {
    return this.#checkSecret;
  }

  start(signal: AbortSignal): void {
    this.load();
    if (signal.aborted) return;
    const every = (ms: number, work: () => void): void => {
      this.#timers.push(setInterval(() => this.#safely(work), ms).unref());
    };
    every(LOOK_INTERVAL_MS, () => this.look());
    every(SAVE_USES_INTERVAL_MS, () => this.#saveUses());
    signal.addEventListener('abort', () => this.#stopTimers(), { once: true });
  }

  stop(): void {
    this.#stopTimers();
    this.#safely(() => this.#saveUses());
  }

  setRatePerMinute(ratePerMinute: number): void {
    this.#ratePerMinute = ratePerMinute;
    this.load();
  }

  get(id: string): StoredKey | undefined {
    return this.#keys.get(id);
  }

  all(): ApiKey[] {
    return [...this.#keys.values()].map(key => this.visible(key));
  }

  visible({ hash: _, ...key }: StoredKey): ApiKey {
    return { ...key, lastUsedAt: this.#unsavedUses.get(key.id) ?? key.lastUsedAt };
  }

  isLive({ revokedAt, expiresAt }: ApiKey): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.#clock.now());
  }

  /** Counts as a use. Null when the key has ended. */
  use(id: string): Principal | null {
    const key = this.#keys.get(id);
    if (key === undefined || !this.isLive(key)) return null;
    this.#unsavedUses.set(id, this.#clock.now());
    return this.#principals.get(id) ?? null;
  }

  onEnded(listener: EndedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Cheap when nothing has changed. */
  look(): void {
    if (this.#table.version() === this.#version) this.#dropEnded();
    else this.load();
  }

  load(): void {
    // Before reading: what is written in between is then seen at the next look.
    const version = this.#table.version();
    const before = this.#keys;
    this.#checkSecret = this.#table.checkSecret();
    this.#keys = new Map(this.#table.all().map(key => [key.id, key]));
    this.#version = version;
    for (const key of this.#keys.values()) {
      if (this.isLive(key)) this.#principals.set(key.id, principalOf(key, this.#ratePerMinute));
    }
    const ids = new Set([...before.keys(), ...this.#keys.keys()]);
    this.#onChanged(new Set([...ids].filter(id => !isSame(before.get(id), this.#keys.get(id)))));
    this.#dropEnded();
  }

  #dropEnded(): void {
    for (const id of this.#principals.keys()) {
      const key = this.#keys.get(id);
      if (key !== undefined && this.isLive(key)) continue;
      this.#principals.delete(id);
      for (const listener of this.#listeners) this.#safely(() => listener(id));
    }
  }

  #saveUses(): void {
    if (this.#unsavedUses.size === 0) return;
    this.#table.saveUses(this.#unsavedUses);
    for (const [id, usedAt] of this.#unsavedUses) {
      const key = this.#keys.get(id);
      if (key !== undefined) this.#keys.set(id, { ...key, lastUsedAt: usedAt });
    }
    this.#unsavedUses.clear();
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  #safely(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onFault(error);
    }
  }
}

function isSame(before: StoredKey | undefined, after: StoredKey | undefined): boolean {
  return (
    before?.hash === after?.hash &&
    before?.revokedAt === after?.revokedAt &&
    before?.expiresAt === after?.expiresAt
  );
}

function principalOf(key: StoredKey, defaultRate: number): Principal {
  const { id, name, permissions, extensions, queues, networks, ratePerMinute, expiresAt } = key;
  const isFree = extensions === null && queues === null;
  const onlyDns = isFree ? null : new Set([...(extensions ?? []), ...(queues ?? [])]);
  const sourceNetworks = networks === null ? null : blockListOf(networks);
  return {
    keyId: id,
    name,
    permissions,
    extensions,
    queues,
    onlyDns,
    networks,
    sourceNetworks,
    ratePerMinute: ratePerMinute ?? defaultRate,
    expiresAt,
  };
}
