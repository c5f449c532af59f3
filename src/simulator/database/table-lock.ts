import { Client, type ClientConfig, DatabaseError } from 'pg';
import type { KnobBoard } from '../knobs.ts';

interface TableLockOptions {
  login: ClientConfig;
  table: string;
  knobs: KnobBoard;
}

/** Between tries it is seen whether the lock is still wanted; a reader under way may hold us up for long. */
const TRY_FOR_MS = 200;
const LOCK_NOT_AVAILABLE = '55P03';

/** Keeps the table locked against everybody for as long as the knob says so, like maintenance on the PBX. */
export class TableLock {
  readonly #options: TableLockOptions;
  #holder: Client | undefined;
  #turning: Promise<void> = Promise.resolve();
  #forgetKnobs: (() => void) | undefined;
  #isStopped = false;

  constructor(options: TableLockOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#forgetKnobs = this.#options.knobs.onTurn(() => this.#turn());
    this.#turn();
    await this.#turning;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#forgetKnobs?.();
    this.#turn();
    await this.#turning;
  }

  #turn(): void {
    this.#turning = this.#turning.then(() => this.#follow());
  }

  async #follow(): Promise<void> {
    if (!this.#isWanted()) {
      const holder = this.#holder;
      this.#holder = undefined;
      await holder?.end();
    } else if (!this.#holder) {
      // A server that has died holds no lock; the door and the writer show that it has.
      this.#holder = await this.#takeHold().catch(() => undefined);
    }
  }

  #isWanted(): boolean {
    return !this.#isStopped && this.#options.knobs.current.database === 'locked';
  }

  async #takeHold(): Promise<Client> {
    const client = new Client(this.#options.login);
    client.on('error', () => {
      if (this.#holder === client) this.#holder = undefined;
    });
    await client.connect();
    await client.query(`SET lock_timeout = ${TRY_FOR_MS}`);
    while (this.#isWanted() && !(await this.#tryLock(client)));
    return client;
  }

  async #tryLock(client: Client): Promise<boolean> {
    await client.query('BEGIN');
    try {
      await client.query(`LOCK TABLE ${this.#options.table} IN ACCESS EXCLUSIVE MODE`);
      return true;
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE)) throw error;
      await client.query('ROLLBACK');
      return false;
    }
  }
}
