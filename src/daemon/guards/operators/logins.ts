import { AppError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { AuditNote, Author } from '../../audit/entry.ts';
import type { Clock } from '../../core/ports.ts';
import type { KeyHasher } from '../key-hasher.ts';
import type { Lockout } from './lockout.ts';
import { LoginTokens, loginNeeded } from './login-tokens.ts';
import { authorOf, type Login, type Operator } from './operator.ts';
import { asTyped, fits } from './operator-order.ts';
import type { OperatorTable, StoredUser } from './operator-table.ts';

interface LoginsOptions {
  table: OperatorTable;
  hasher: KeyHasher;
  lockout: Lockout;
  audit: AuditLog;
  clock: Clock;
  secret: string;
}

export interface LoginOrder {
  name: string;
  password: string;
  /** The client's, or `control-socket`. */
  address: string;
}

/** Only here is the token ever given. */
export interface OpenedLogin {
  token: string;
  expiresAt: number;
  operator: Operator;
}

type Verdict = { user: StoredUser } | { user: null; why: 'wrong password' | 'disabled' | 'unknown name' };

/** bcrypt of nothing anybody has, cost as all: an unknown name must take as long as a wrong password. */
const HASH_OF_NOBODY = '$2b$12$OxpIFB9b8fhmVWLO4zCSje6OrdP.gY8a0Z5OZXU6giZiFTCMOADXG';

/** Who comes with name and password, and who comes back with what was given for them. */
export class Logins {
  readonly #table: OperatorTable;
  readonly #hasher: KeyHasher;
  readonly #lockout: Lockout;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #tokens: LoginTokens;

  constructor({ table, hasher, lockout, audit, clock, secret }: LoginsOptions) {
    this.#table = table;
    this.#hasher = hasher;
    this.#lockout = lockout;
    this.#audit = audit;
    this.#clock = clock;
    this.#tokens = new LoginTokens({ secret, clock });
  }

  /** Throws E_LOGIN_FAILED, the same whatever was wrong, or E_RATE_LIMITED. */
  async login(order: LoginOrder): Promise<OpenedLogin> {
    const by = this.#authorOf(order.name, order.address);
    return this.#open(await this.#prove(order, { by, action: 'login.fail' }), order.address);
  }

  /** Whether somebody who is logged in knows his password as well. Throws as `login` does. */
  async provePassword(
    { name, login }: Operator,
    { password, note }: { password: string; note: AuditNote },
  ): Promise<StoredUser> {
    const user = await this.#prove({ name, password, address: note.by.source }, note);
    if (login === null || !this.#isValid(login, user)) throw loginNeeded();
    return user;
  }

  /** For who has just shown that he may: another login of the same user. */
  openFor(userId: string, address: string): OpenedLogin {
    const user = this.#table.byId(userId);
    if (user === null) throw loginNeeded();
    return this.#open(user, address);
  }

  async #prove({ name, password, address }: LoginOrder, note: AuditNote): Promise<StoredUser> {
    const attempt = this.#lockout.begin(name, address);
    let verdict: Verdict;
    try {
      verdict = await this.#judge(name, password);
    } catch (error) {
      attempt.undo();
      throw error;
    }
    if (verdict.user !== null) {
      attempt.succeed();
      return verdict.user;
    }
    const { account, source } = attempt.locked();
    // Attempts while locked are not written down: their number would be the attacker's to choose.
    this.#audit.note({
      ...note,
      outcome: 'refused',
      detail: { why: verdict.why, locksAccount: account, locksSource: source },
    });
    const detail =
      'Name or password is not right, or the account is disabled. An admin can set a new password.';
    throw new AppError('E_LOGIN_FAILED', { detail });
  }

  /** Throws E_LOGIN_NEEDED, the same whatever is wrong. */
  verify(token: string): Operator {
    const login = this.#tokens.read(token);
    const user = this.#table.byId(login.userId);
    if (user === null || !this.#isValid(login, user)) throw loginNeeded();
    return operatorOf(user, login);
  }

  isLive(login: Login): boolean {
    const user = this.#table.byId(login.userId);
    return user !== null && !this.#tokens.isOver(login) && this.#isValid(login, user);
  }

  end(token: string, address: string): void {
    const operator = this.verify(token);
    const { jti, expiresAt } = this.#tokens.read(token);
    this.#audit.within({ by: authorOf(operator, address), action: 'login.end' }, () =>
      this.#table.endLogin({ jti, expiresAt, now: this.#clock.now() }),
    );
  }

  /** The same work for a name that does not exist, a wrong password and a disabled account. */
  async #judge(name: string, password: string): Promise<Verdict> {
    const typed = asTyped(password);
    const before = this.#table.byName(name);
    // bcrypt would refuse what is too long at once, which takes no time at all.
    const isSame = await this.#hasher.compare(fits(typed) ? typed : '', before?.hash ?? HASH_OF_NOBODY);
    // Meanwhile somebody may have changed it.
    const user = this.#table.byName(name);
    if (user === null || before === null) return { user: null, why: 'unknown name' };
    const isSameUser = user.id === before.id && user.generation === before.generation;
    if (!isSame || !fits(typed) || !isSameUser) return { user: null, why: 'wrong password' };
    return user.disabledAt === null ? { user } : { user: null, why: 'disabled' };
  }

  #open(user: StoredUser, address: string): OpenedLogin {
    const { token, login } = this.#tokens.issue({ userId: user.id, generation: user.generation });
    const operator = operatorOf(user, login);
    const detail = { jti: login.jti, role: user.role };
    this.#audit.within({ by: authorOf(operator, address), action: 'login.ok', detail }, () =>
      this.#table.noteLogin(user.id, this.#clock.now()),
    );
    return { token, expiresAt: login.expiresAt, operator };
  }

  /** A name that nobody has is not kept: people type their password into the wrong field. */
  #authorOf(name: string, source: string): Author {
    const actor = this.#table.byName(name) === null ? 'unknown' : name;
    return { actor, via: 'login', source };
  }

  #isValid({ jti, generation }: Login, user: StoredUser): boolean {
    return user.generation === generation && user.disabledAt === null && !this.#table.isEnded(jti);
  }
}

function operatorOf({ name, role }: StoredUser, login: Login): Operator {
  return { name, role, via: 'login', claimedUser: null, login };
}
