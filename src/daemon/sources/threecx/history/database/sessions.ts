import { type Connection, Pool, type PoolClient, type Submittable } from 'pg';
import { AppError } from '../../../../../shared/errors.ts';
import { poolConfig, STATEMENT_TIMEOUT_MS, sendCancel } from './connection.ts';
import type { DatabaseOptions } from './database-login.ts';
import type { Login } from './login.ts';
import type { Statement, TextRow } from './statement.ts';

/** 3CX: the server is shared with the PBX, so few connections; one is for exports, one for pages, one for the pulse. */
const POOL_MAX = 3;
/** With one alone an export would keep the pulse from being felt. */
const POOL_LEAST = 2;
/** The server's own limit comes first and leaves the connection usable; this one is for a server that is silent. */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 1000;
/** An export sorts its whole range before the first row. */
const STREAM_STATEMENT_TIMEOUT_MS = 60_000;
/** Longer than an outlet waits for a client that takes nothing, so it is the outlet that says why it ended. */
const STREAM_IDLE_MS = 60_000;
/** Beyond it an export is ended: it holds a connection, and rows that the PBX wants to clear away. */
const STREAM_MAX_MS = 30 * 60_000;
const STREAM_ROWS = 250;
const EXPORT_RETRY_SECONDS = 30;
const CLOSE_GRACE_MS = 2000;

interface Taken {
  client: PoolClient;
  /** Gives the connection back, or closes it after a fault; tells what was really at fault. */
  end(error?: unknown): unknown;
}

interface Use {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
}

/** Read-only connections by one login: never more than the pool, every question bounded and cancellable. */
export class Sessions {
  readonly #login: Login;
  readonly #pool: Pool;
  readonly #streamsMax: number;
  readonly #clients = new Set<PoolClient>();
  #streams = 0;

  constructor(login: Login, options: DatabaseOptions, onFault: (error: unknown) => void) {
    const max = Math.max(options.poolMax ?? POOL_MAX, POOL_LEAST);
    this.#login = login;
    this.#streamsMax = max - 1;
    this.#pool = new Pool(poolConfig(login, { ...options, poolMax: max }));
    this.#pool.on('error', onFault);
    this.#pool.on('connect', client => this.#clients.add(client));
    this.#pool.on('remove', client => this.#clients.delete(client));
  }

  get counts(): { max: number; open: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount, options } = this.#pool;
    return { max: options.max, open: totalCount, idle: idleCount, waiting: waitingCount };
  }

  async query(statement: Statement, signal?: AbortSignal): Promise<TextRow[]> {
    const { client, end } = await this.#take({ signal, timeoutMs: ANSWER_TIMEOUT_MS });
    try {
      const rows = await ask(client, statement);
      end();
      return rows;
    } catch (error) {
      throw end(error);
    }
  }

  /** Rows in batches by a server-side cursor: the server keeps what was not fetched, neither side holds it all. */
  async *stream<Made>(
    statement: Statement,
    signal: AbortSignal,
    make: (row: TextRow) => Made,
  ): AsyncGenerator<Made[]> {
    if (this.#streams >= this.#streamsMax) {
      const detail = `${this.#streamsMax} exports run already. Try again when one has ended.`;
      throw new AppError('E_RATE_LIMITED', { detail, retryAfterSeconds: EXPORT_RETRY_SECONDS });
    }
    this.#streams += 1;
    try {
      yield* fetchAll(await this.#take({ signal, timeoutMs: STREAM_MAX_MS }), statement, make);
    } finally {
      this.#streams -= 1;
    }
  }

  /** Resolves when all connections are closed; a silent server is given a moment, then they are torn. */
  async close(): Promise<void> {
    const tear = setTimeout(() => {
      for (const client of this.#clients) client.connection.stream.destroy();
    }, CLOSE_GRACE_MS);
    await this.#pool.end().finally(() => clearTimeout(tear));
  }

  /** A connection, and how to give it back. After a fault it is closed: a late cancel must hit nobody else's question. */
  async #take({ signal, timeoutMs }: Use): Promise<Taken> {
    signal?.throwIfAborted();
    const client = await this.#pool.connect();
    let reason: unknown;
    let isOver = false;
    const end = (error?: unknown): unknown => {
      if (!isOver) {
        isOver = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        client.off('error', noteFault);
        client.release(error !== undefined);
      }
      return reason ?? error;
    };
    const giveUp = (cause: unknown) => {
      reason = cause;
      void this.#cancel(client).finally(() => end(cause));
    };
    const onAbort = () => giveUp(signal?.reason);
    const noteFault = () => {};
    const timer = setTimeout(() => giveUp(new Error('timeout: no answer')), timeoutMs);
    client.on('error', noteFault);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) throw end(signal.reason);
    return { client, end };
  }

  /** Asks the server to drop the question, by the protocol's own request, which needs no session; then tears the connection. */
  async #cancel(client: PoolClient): Promise<void> {
    await sendCancel(this.#login, client);
    client.connection.stream.destroy();
  }
}

const STREAM_SETTINGS = [
  'BEGIN READ ONLY',
  `SET LOCAL statement_timeout = ${STREAM_STATEMENT_TIMEOUT_MS}`,
  `SET LOCAL idle_in_transaction_session_timeout = ${STREAM_IDLE_MS}`,
];

async function* fetchAll<Made>(
  { client, end }: Taken,
  { text, values }: Statement,
  make: (row: TextRow) => Made,
): AsyncGenerator<Made[]> {
  const fetch = (): Promise<Made[]> => {
    const { promise, resolve, reject } = Promise.withResolvers<Made[]>();
    // Whoever stops reading does not hear of the batch that was asked for ahead.
    promise.catch(() => {});
    client.query(new Batch(make, (error, made) => (error === null ? resolve(made) : reject(error))));
    return promise;
  };
  try {
    for (const setting of STREAM_SETTINGS) await ask(client, { text: setting, values: [] });
    await ask(client, { text: `DECLARE records NO SCROLL CURSOR FOR ${text}`, values });
    let coming = fetch();
    for (let batch = await coming; batch.length > 0; batch = await coming) {
      // The server works at the next one while this one is taken.
      coming = fetch();
      yield batch;
    }
    await ask(client, { text: 'COMMIT', values: [] });
    end();
  } catch (error) {
    throw end(error);
  } finally {
    // Whoever stops reading leaves a transaction open; the connection goes with it.
    end(new Error('left before its end'));
  }
}

/** Each row is made into what is wanted of it at once: what the garbage collector finds at its turn is little. */
class Batch<Made> implements Submittable {
  readonly #make: (row: TextRow) => Made;
  readonly #done: (error: unknown, made: Made[]) => void;
  readonly #made: Made[] = [];
  #fault: unknown = null;

  constructor(make: (row: TextRow) => Made, done: (error: unknown, made: Made[]) => void) {
    this.#make = make;
    this.#done = done;
  }

  submit(connection: Connection): void {
    connection.query(`FETCH ${STREAM_ROWS} FROM records`);
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: TextRow }): void {
    if (this.#fault !== null) return;
    try {
      this.#made.push(this.#make(fields));
    } catch (error) {
      this.#fault = error;
    }
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#done(this.#fault, this.#made);
  }

  handleError(error: unknown): void {
    this.#done(error, []);
  }
}

async function ask(client: PoolClient, { text, values }: Statement): Promise<TextRow[]> {
  const { rows } = await client.query<TextRow>({ text, values, rowMode: 'array', types: AS_TEXT });
  return rows;
}

const AS_TEXT = { getTypeParser: () => (value: unknown) => value };
