import type { Database } from 'better-sqlite3';
import { AppError } from '../../shared/errors.ts';
import type { Clock, Service } from '../core/ports.ts';
import type { KeyHasher } from './key-hasher.ts';
import { type KeyParts, makeKey, takeApart } from './key-text.ts';
import { checkOrder, type KeyOrder } from './keys/key-order.ts';
import { KeyRegister } from './keys/key-register.ts';
import { type ApiKey, KeyTable, type StoredKey } from './keys/key-table.ts';
import { VerifiedKeys } from './keys/verified-keys.ts';
import type { Principal } from './principal.ts';

interface ApiKeysOptions {
  database: Database;
  hasher: KeyHasher;
  clock: Clock;
  /** For keys that name no rate of their own. */
  ratePerMinute: number;
  /** Told what failed in the background; the keys known so far stay in force. */
  onFault(error: unknown): void;
}

/** Only here is the key itself ever given. */
export interface CreatedKey {
  key: string;
  record: ApiKey;
}

/** Called in the transaction that makes a key: when it throws, there is no key. So no key is made unaudited. */
type KeyWitness = (id: string) => void;

type NewKey = Omit<ApiKey, 'id' | 'createdAt' | 'revokedAt' | 'lastUsedAt'>;

/** Beyond, create refuses: so many keys are a mistake somewhere. */
const LIVE_KEYS_MAX = 1000;
const OVERLAP_MS_DEFAULT = 86_400_000;
const OVERLAP_MS_MAX = 30 * 86_400_000;
/** bcrypt of nothing anybody has, cost as all: an unknown id must take as long as a wrong secret. */
const HASH_OF_NOBODY = '$2b$10$4PD9dTSQNj7OFwbd.wY3m./oG60FgLtBhaiJpzwZj..qwVBIh2F/i';

/** The keys of external programs: made, ended and verified here. */
export class ApiKeys implements Service {
  readonly #table: KeyTable;
  readonly #register: KeyRegister;
  readonly #verified: VerifiedKeys;
  readonly #hasher: KeyHasher;
  readonly #clock: Clock;

  constructor({ database, hasher, clock, ratePerMinute, onFault }: ApiKeysOptions) {
    this.#table = new KeyTable(database);
    this.#verified = new VerifiedKeys(clock);
    const onChanged = (ids: ReadonlySet<string>): void => this.#verified.forget(ids);
    this.#register = new KeyRegister({ table: this.#table, clock, ratePerMinute, onFault, onChanged });
    this.#hasher = hasher;
    this.#clock = clock;
  }

  start(signal: AbortSignal): void {
    this.#register.start(signal);
  }

  stop(): void {
    this.#register.stop();
  }

  get cacheCounts(): VerifiedKeys['counts'] {
    return this.#verified.counts;
  }

  /** For keys that name no rate of their own, from now on. */
  setRatePerMinute(ratePerMinute: number): void {
    this.#register.setRatePerMinute(ratePerMinute);
  }

  list(): ApiKey[] {
    this.#register.look();
    return this.#register.all();
  }

  isLive(key: ApiKey): boolean {
    return this.#register.isLive(key);
  }

  async create(order: KeyOrder, createdBy: string, witness: KeyWitness = () => {}): Promise<CreatedKey> {
    const checked = checkOrder(order, this.#clock.now());
    const live = this.list().filter(key => this.isLive(key)).length;
    if (live >= LIVE_KEYS_MAX) {
      throw new AppError('E_CONFLICT', {
        detail: `There are ${live} keys already. Revoke those that nobody uses.`,
      });
    }
    return this.#make({ ...checked, createdBy, rotatedFrom: null }, stored => {
      this.#table.insert(stored);
      witness(stored.id);
    });
  }

  /** Ends a key now: nothing that begins after this accepts it. Doing it again changes nothing. */
  revoke(id: string): ApiKey {
    this.#existing(id);
    this.#table.revoke(id, this.#clock.now());
    this.#register.load();
    return this.#register.visible(this.#existing(id));
  }

  /** A new key with the same rights; the old one lives on for the overlap, so that programs can be changed over. */
  async rotate(
    id: string,
    options: { createdBy: string; overlapMs?: number; witness?: KeyWitness },
  ): Promise<CreatedKey> {
    const { createdBy, overlapMs = OVERLAP_MS_DEFAULT, witness = () => {} } = options;
    if (!(overlapMs >= 0 && overlapMs <= OVERLAP_MS_MAX)) {
      throw new AppError('E_BAD_REQUEST', { detail: 'The overlap is 0 to 30 days.' });
    }
    const old = this.#existing(id);
    if (!this.isLive(old)) throw hasEnded(id);
    const { hash: _, ...rights } = old;
    // A term starts anew with the new key.
    const expiresAt = old.expiresAt === null ? null : this.#clock.now() + (old.expiresAt - old.createdAt);
    return this.#make({ ...rights, expiresAt, createdBy, rotatedFrom: id }, stored => {
      const { createdAt } = stored;
      const end = { endsAt: createdAt + overlapMs, revokedAt: overlapMs === 0 ? createdAt : null };
      const isReplaced = this.#table.replace({ id, next: stored, ...end });
      if (!isReplaced) throw hasEnded(id);
      witness(stored.id);
    });
  }

  /**
   * Whom a key stands for that was verified a moment ago: then nobody waits. Null says nothing: ask `verify`. Throws
   * E_KEY_EXPIRED as it does.
   */
  known(presented: string): Principal | null {
    const keyId = this.#verified.known(presented);
    return keyId === null ? null : this.principal(keyId);
  }

  /** Throws E_KEY_INVALID, the same for any reason; E_KEY_EXPIRED only for who really had the key. */
  async verify(presented: string): Promise<Principal> {
    const keyId = await this.#verified.check(presented, () => {
      const parts = takeApart(presented, this.#register.checkSecret);
      return parts && this.#compare(parts);
    });
    if (keyId !== null) return this.principal(keyId);
    const detail =
      'The API key is not known here. See that it was copied whole; who runs this relay can make a new one.';
    throw new AppError('E_KEY_INVALID', { detail });
  }

  /** Whom a verified key stands for, as of now. Throws E_KEY_EXPIRED when it has ended. */
  principal(keyId: string): Principal {
    const principal = this.#register.use(keyId);
    if (principal !== null) return principal;
    const detail = `The API key ${keyId} has expired or was revoked. Who runs this relay can make a new one.`;
    throw new AppError('E_KEY_EXPIRED', { detail });
  }

  /** Calls for every key that ends, by whatever way, within a second. The answer takes the listener off again. */
  onRevoked(listener: (keyId: string) => void): () => void {
    return this.#register.onEnded(listener);
  }

  async #compare({ id, secret }: KeyParts): Promise<string | null> {
    // Perhaps the CLI has only just made it.
    if (this.#register.get(id) === undefined) this.#register.look();
    const stored = this.#register.get(id);
    const isRight = await this.#hasher.compare(secret, stored?.hash ?? HASH_OF_NOBODY);
    return isRight && stored !== undefined ? id : null;
  }

  async #make(about: NewKey, write: (stored: StoredKey) => void): Promise<CreatedKey> {
    const { id, secret, text } = makeKey(this.#register.checkSecret);
    const hash = await this.#hasher.hash(secret);
    const stored = { ...about, id, hash, createdAt: this.#clock.now(), revokedAt: null, lastUsedAt: null };
    this.#table.together(() => write(stored));
    this.#register.load();
    return { key: text, record: this.#register.visible(this.#existing(id)) };
  }

  #existing(id: string): StoredKey {
    this.#register.look();
    const key = this.#register.get(id);
    if (key !== undefined) return key;
    throw new AppError('E_NOT_FOUND', { detail: `There is no key ${id}; '3cx-relay keys list' shows all.` });
  }
}

function hasEnded(id: string): AppError {
  return new AppError('E_CONFLICT', { detail: `The key ${id} has ended already. Create a new one.` });
}
