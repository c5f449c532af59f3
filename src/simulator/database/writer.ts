import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { type Copy, runCopies } from './copy.ts';

interface WriterOptions<Row> {
  login: ClientConfig;
  toCopies: (rows: Row[]) => Copy[];
}

export interface WriterState {
  waiting: number;
  /** Rows lost because too many waited, or because the server would not take them. */
  dropped: number;
  lastFault: string | undefined;
}

/** About 1 kB each. Beyond it the oldest is dropped and counted: the PBX goes on without its database too. */
const ROWS_WAITING_LIMIT = 100_000;
const DROPPED_AT_ONCE = 1_000;
const BATCH_ROWS = 1_000;
const RETRY_DELAY_MS = 200;
/** SQLSTATE classes that say the data or the statement is at fault, so that trying again cannot help. */
const LASTING_FAULTS = /^(22|23|42)/;

/**
 * Writes rows in the order given, whatever happens to the server meanwhile. A row is written at once when nothing is
 * under way; what comes while a batch is, makes up the next one. A batch whose connection broke may be there twice.
 */
export class Writer<Row> {
  readonly #options: WriterOptions<Row>;
  readonly #waiting: Row[] = [];
  readonly #settling: { until: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  #client: Client | undefined;
  #handedOver = 0;
  #inFlight = 0;
  #dropped = 0;
  #lastFault: string | undefined;
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(options: WriterOptions<Row>) {
    this.#options = options;
  }

  get state(): WriterState {
    const waiting = this.#waiting.length + this.#inFlight;
    return { waiting, dropped: this.#dropped, lastFault: this.#lastFault };
  }

  write(row: Row): void {
    if (this.#isStopping) {
      this.#dropped += 1;
      return;
    }
    if (this.#waiting.length >= ROWS_WAITING_LIMIT) {
      this.#dropped += this.#waiting.splice(0, DROPPED_AT_ONCE).length;
    }
    this.#waiting.push(row);
    this.#handedOver += 1;
    this.#running ??= this.#run();
  }

  settled(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#settling.push({ until: this.#handedOver, resolve, reject });
    });
  }

  /** What still waits is lost. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#client?.end();
    await this.#running;
    for (const { reject } of this.#settling)
      reject(new Error('The database was stopped before all was written'));
  }

  async #run(): Promise<void> {
    // Rows handed over in one turn go together.
    await nextTurn();
    while (this.#waiting.length > 0 && !this.#isStopping) {
      const batch = this.#waiting.splice(0, BATCH_ROWS);
      this.#inFlight = batch.length;
      await this.#writeBatch(batch);
      this.#inFlight = 0;
      this.#announce(this.#handedOver - this.#waiting.length);
    }
    this.#running = undefined;
  }

  async #writeBatch(batch: Row[]): Promise<void> {
    while (!this.#isStopping) {
      try {
        const client = await this.#connected();
        await runCopies(client, this.#options.toCopies(batch));
        return;
      } catch (error) {
        this.#lastFault = error instanceof Error ? error.message : String(error);
        if (isLasting(error)) return this.#writeEach(batch);
        this.#client = undefined;
        await sleep(RETRY_DELAY_MS);
      }
    }
    this.#dropped += batch.length;
  }

  /** One row that the server will not take must not cost the others of its batch. */
  async #writeEach(batch: Row[]): Promise<void> {
    if (batch.length === 1) {
      this.#dropped += 1;
      return;
    }
    for (const row of batch) await this.#writeBatch([row]);
  }

  async #connected(): Promise<Client> {
    if (this.#client) return this.#client;
    const client = new Client(this.#options.login);
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined;
    });
    await client.connect();
    this.#client = client;
    // stop() found nothing yet that it could end.
    if (this.#isStopping) await client.end();
    return client;
  }

  #announce(finished: number): void {
    while (this.#settling[0] && this.#settling[0].until <= finished) this.#settling.shift()?.resolve();
  }
}

/** The next batch is made while the server takes the last one. Rejects at the first that it does not take. */
export async function fillTable<Row>(
  { login, toCopies }: WriterOptions<Row>,
  batches: Iterable<Row[]> | AsyncIterable<Row[]>,
): Promise<number> {
  const client = new Client(login);
  // The query under way is told as well.
  client.on('error', () => {});
  await client.connect();
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  try {
    for await (const rows of batches) {
      for (let start = 0; start < rows.length; start += BATCH_ROWS) {
        const copies = toCopies(rows.slice(start, start + BATCH_ROWS));
        await last;
        last = runCopies(client, copies);
        last.catch(() => {});
      }
      count += rows.length;
    }
    await last;
    return count;
  } finally {
    await client.end();
  }
}

function isLasting(error: unknown): boolean {
  return error instanceof DatabaseError && LASTING_FAULTS.test(error.code ?? '');
}
