import { randomBytes } from 'node:crypto';
import type { Role } from '../../../shared/control-api/rights.ts';
import { AppError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { AuditNote, Author } from '../../audit/entry.ts';
import type { Clock } from '../../core/ports.ts';
import type { KeyHasher } from '../key-hasher.ts';
import type { Lockout } from './lockout.ts';
import { loginNeeded } from './login-tokens.ts';
import {
  checked,
  type OperatorChange,
  type OperatorOrder,
  operatorChangeSchema,
  operatorOrderSchema,
} from './operator-order.ts';
import type { OperatorTable, OperatorUser, StoredUser } from './operator-table.ts';

interface OperatorUsersOptions {
  table: OperatorTable;
  hasher: KeyHasher;
  lockout: Lockout;
  audit: AuditLog;
  clock: Clock;
}

type NewUser = Pick<StoredUser, 'name' | 'role' | 'hash' | 'createdBy'>;

/** What is to become other; undefined stays. */
interface Change {
  role: Role | undefined;
  hash: string | undefined;
  disabled: boolean | undefined;
}

const USERS_MAX = 1000;
const ID_BYTES = 8;

/** Who has an account: made, changed and removed here, each together with its line in the audit log. */
export class OperatorUsers {
  readonly #table: OperatorTable;
  readonly #hasher: KeyHasher;
  readonly #lockout: Lockout;
  readonly #audit: AuditLog;
  readonly #clock: Clock;

  constructor({ table, hasher, lockout, audit, clock }: OperatorUsersOptions) {
    this.#table = table;
    this.#hasher = hasher;
    this.#lockout = lockout;
    this.#audit = audit;
    this.#clock = clock;
  }

  list(): OperatorUser[] {
    return this.#table.all().map(visible);
  }

  hasAdmin(): boolean {
    return this.#table.enabledAdmins() > 0;
  }

  async create(order: OperatorOrder, by: Author): Promise<OperatorUser> {
    const { name, role, password } = checked(operatorOrderSchema, order);
    this.#demandFree(name);
    const hash = await this.#hasher.hash(password);
    const note = { by, action: 'user.create', subject: name, detail: { role } } as const;
    return this.#write(note, () => this.#insert({ name, role, hash, createdBy: by.actor }));
  }

  /** As by `create`, but only while there is no admin; else what `refusal` gives is thrown. */
  async createFirst(
    order: Pick<OperatorOrder, 'name' | 'password'>,
    by: Author,
    refusal: () => AppError,
  ): Promise<OperatorUser> {
    const { name, role, password } = checked(operatorOrderSchema, { ...order, role: 'admin' });
    this.#demandFree(name);
    const hash = await this.#hasher.hash(password);
    return this.#write({ by, action: 'setup.redeem', subject: name }, () => {
      // Somebody else may have been quicker.
      if (this.hasAdmin()) throw refusal();
      return this.#insert({ name, role, hash, createdBy: by.actor });
    });
  }

  /** With `generation` only while nobody else has changed the user since. */
  async change(
    id: string,
    order: OperatorChange,
    by: Author,
    generation: number | null = null,
  ): Promise<OperatorUser> {
    const { role, password, disabled } = checked(operatorChangeSchema, order);
    const { name } = this.#existing(id);
    const hash = password === undefined ? undefined : await this.#hasher.hash(password);
    const detail = {
      ...(role !== undefined && { role }),
      ...(disabled !== undefined && { disabled }),
      isPasswordNew: hash !== undefined,
    };
    const user = this.#write({ by, action: 'user.change', subject: name, detail }, () => {
      const existing = this.#existing(id);
      if (generation !== null && existing.generation !== generation) throw loginNeeded();
      return this.#update(existing, { role, hash, disabled });
    });
    if (hash !== undefined) this.#lockout.forgive(name);
    return user;
  }

  remove(id: string, by: Author): OperatorUser {
    const user = this.#existing(id);
    return this.#write({ by, action: 'user.remove', subject: user.name }, () => {
      this.#table.remove(id);
      return visible(user);
    });
  }

  /** Never leaves a relay without an admin that had one. */
  #write(note: AuditNote, work: () => OperatorUser): OperatorUser {
    return this.#audit.within(note, () => {
      const hadAdmin = this.hasAdmin();
      const user = work();
      if (!hadAdmin || this.hasAdmin()) return user;
      const detail = 'This is the last admin who can log in. Make another one first.';
      throw new AppError('E_CONFLICT', { detail });
    });
  }

  #insert({ name, role, hash, createdBy }: NewUser): OperatorUser {
    // Looked at before as well, to spare the hash; meanwhile somebody may have taken it.
    this.#demandFree(name);
    const now = this.#clock.now();
    const user: StoredUser = {
      ...{ id: randomBytes(ID_BYTES).toString('hex'), name, role, hash, generation: 1, createdBy },
      ...{ disabledAt: null, createdAt: now, changedAt: now, lastLoginAt: null },
    };
    this.#table.insert(user);
    return visible(user);
  }

  #update(user: StoredUser, change: Change): OperatorUser {
    const now = this.#clock.now();
    const { role = user.role, hash = user.hash, disabled = user.disabledAt !== null } = change;
    const disabledAt = disabled ? (user.disabledAt ?? now) : null;
    const isOther = role !== user.role || hash !== user.hash || disabledAt !== user.disabledAt;
    if (!isOther) return visible(user);
    const changed = { ...user, role, hash, disabledAt, changedAt: now, generation: user.generation + 1 };
    this.#table.update(changed);
    return visible(changed);
  }

  #demandFree(name: string): void {
    if (this.#table.byName(name) !== null) {
      throw new AppError('E_CONFLICT', { detail: `There is a user ${name} already. Take another name.` });
    }
    if (this.#table.count() >= USERS_MAX) {
      const detail = `There are ${USERS_MAX} users already. Remove those that nobody uses.`;
      throw new AppError('E_CONFLICT', { detail });
    }
  }

  #existing(id: string): StoredUser {
    const user = this.#table.byId(id);
    if (user !== null) return user;
    throw new AppError('E_NOT_FOUND', {
      detail: `There is no user ${id}; '3cx-relay users list' shows all.`,
    });
  }
}

function visible({ hash: _, generation: __, ...user }: StoredUser): OperatorUser {
  return user;
}
