import type { Database } from 'better-sqlite3';
import { AppError } from '../../../shared/errors.ts';
import type { Paths } from '../../../shared/paths.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import type { Author } from '../../audit/entry.ts';
import type { Clock, Service } from '../../core/ports.ts';
import { keptSecret } from '../kept-secret.ts';
import { KeyHasher } from '../key-hasher.ts';
import { Lockout } from './lockout.ts';
import { loginNeeded } from './login-tokens.ts';
import { type LoginOrder, Logins, type OpenedLogin } from './logins.ts';
import { authorOf, type Operator } from './operator.ts';
import {
  checked,
  type OperatorChange,
  type OperatorOrder,
  type OwnPassword,
  ownPasswordSchema,
  setupOrderSchema,
} from './operator-order.ts';
import { OperatorTable, type OperatorUser } from './operator-table.ts';
import { OperatorUsers } from './operator-users.ts';
import { TokenFile } from './token-file.ts';

interface OperatorsOptions {
  database: Database;
  audit: AuditLog;
  clock: Clock;
  /** Behind the tokens of logins, at least 32 bytes; null: one that is kept in the state file. */
  adminSecret: string | null;
  paths: Pick<Paths, 'operatorToken' | 'setupToken'>;
  /** Of bcrypt; only tests take less than the usual one. */
  passwordCost?: number;
}

export const PASSWORD_COST = 12;
/** 280 ms each. */
const PASSWORDS_WAITING_MAX = 8;
const LOGIN_SECRET = 'login_token_secret';
const CLAIMED_USER_PATTERN = /^[\w.@+-]{1,64}$/;
/** What counts the attempts to redeem the setup token; no user has this name. */
const SETUP_ACCOUNT = '(setup)';

/** The people who steer the relay, and every way in which they show who they are. */
export class Operators implements Service {
  readonly #audit: AuditLog;
  readonly #hasher: KeyHasher;
  readonly #lockout: Lockout;
  readonly #users: OperatorUsers;
  readonly #logins: Logins;
  readonly #operatorToken: TokenFile;
  readonly #setupToken: TokenFile;

  constructor(options: OperatorsOptions) {
    const { database, audit, clock, adminSecret, paths, passwordCost = PASSWORD_COST } = options;
    const table = new OperatorTable(database);
    this.#audit = audit;
    this.#hasher = new KeyHasher({
      cost: passwordCost,
      waitingMax: PASSWORDS_WAITING_MAX,
      what: 'passwords',
    });
    this.#lockout = new Lockout({ clock });
    const parts = { table, hasher: this.#hasher, lockout: this.#lockout, audit, clock };
    this.#users = new OperatorUsers(parts);
    this.#logins = new Logins({ ...parts, secret: adminSecret ?? keptSecret(database, LOGIN_SECRET) });
    this.#operatorToken = new TokenFile({ path: paths.operatorToken, prefix: 'rop' });
    this.#setupToken = new TokenFile({ path: paths.setupToken, prefix: 'rsu' });
  }

  /** For the daemon only: writes the tokens that lie in files. The CLI, without a daemon, does without. */
  start(): void {
    this.#operatorToken.write();
    if (this.hasAdmin()) this.#setupToken.removeLeftover();
    else this.#setupToken.write();
  }

  async stop(): Promise<void> {
    this.#operatorToken.remove();
    this.#setupToken.remove();
    await this.#hasher.stop();
  }

  list(): OperatorUser[] {
    return this.#users.list();
  }

  /** False: nobody but root and the service's user can steer the relay yet. */
  hasAdmin(): boolean {
    return this.#users.hasAdmin();
  }

  async create(order: OperatorOrder, by: Author): Promise<OperatorUser> {
    const user = await this.#users.create(order, by);
    this.#endSetup();
    return user;
  }

  /** Ends all logins of the user, unless nothing is other than before. */
  async change(id: string, change: OperatorChange, by: Author): Promise<OperatorUser> {
    const user = await this.#users.change(id, change, by);
    this.#endSetup();
    return user;
  }

  /** By whoever is logged in, also a viewer. Ends all his logins; the answer is a new one. */
  async changeOwnPassword(who: Operator, order: OwnPassword, address: string): Promise<OpenedLogin> {
    const { old, new: password } = checked(ownPasswordSchema, order);
    const by = authorOf(who, address);
    const note = { by, action: 'user.change', subject: who.name } as const;
    if (who.login === null) throw noPassword();
    const { id, generation } = await this.#logins.provePassword(who, { password: old, note });
    await this.#users.change(id, { password }, by, generation);
    return this.#logins.openFor(id, address);
  }

  remove(id: string, by: Author): OperatorUser {
    return this.#users.remove(id, by);
  }

  /** Throws E_LOGIN_FAILED, the same whatever was wrong, or E_RATE_LIMITED after too many failures. */
  login(order: LoginOrder): Promise<OpenedLogin> {
    return this.#logins.login(order);
  }

  logout(token: string, address: string): void {
    this.#logins.end(token, address);
  }

  /** Who sends this: the token of a login, or the operator token. Throws E_LOGIN_NEEDED. */
  verify(presented: string, claimedUser: string | null = null): Operator {
    if (!this.#operatorToken.isFor(presented)) return this.#logins.verify(presented);
    if (!this.#operatorToken.matches(presented)) throw loginNeeded();
    const isName = claimedUser !== null && CLAIMED_USER_PATTERN.test(claimedUser);
    return {
      name: 'operator',
      role: 'admin',
      via: 'operator-token',
      claimedUser: isName ? claimedUser : null,
      login: null,
    };
  }

  /** Whether somebody who was verified before still may; for streams that stay open. */
  isLive({ login }: Operator): boolean {
    return login === null ? this.#operatorToken.isThere : this.#logins.isLive(login);
  }

  /** Makes the first admin, once. */
  async redeemSetup(
    presented: string,
    order: { name: string; password: string },
    address: string,
  ): Promise<OperatorUser> {
    const by: Author = { actor: 'setup', via: 'setup', source: address };
    if (!this.#setupToken.matches(presented)) {
      // Nobody guesses it; this only bounds what is written down.
      this.#lockout.begin(SETUP_ACCOUNT, address);
      this.#audit.note({ by, action: 'setup.fail', outcome: 'refused' });
      throw setupOver();
    }
    const first = checked(setupOrderSchema, order);
    const user = await this.#users.createFirst(first, by, setupOver);
    this.#endSetup();
    return user;
  }

  #endSetup(): void {
    if (this.hasAdmin()) this.#setupToken.remove();
  }
}

function noPassword(): AppError {
  const detail = 'The operator token has no password. Say whose password is meant, or log in as that user.';
  return new AppError('E_BAD_REQUEST', { detail });
}

/** The same whether it is wrong, used or out of date. */
function setupOver(): AppError {
  const detail =
    'The setup token is not valid: it is written anew at each start, and only while there is no admin. Admins are made by an admin, or as root by the operator token.';
  return new AppError('E_LOGIN_NEEDED', { detail });
}
