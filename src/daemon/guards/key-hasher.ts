import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../shared/errors.ts';

interface HasherOptions {
  /** Each more doubles the time: 10 takes about 70 ms. They are done one after the other. */
  cost?: number;
  /** Beyond, E_UNAVAILABLE: who would wait longer than two seconds had better come again. */
  waitingMax?: number;
  /** What is checked, for texts. */
  what?: 'keys' | 'passwords';
}

const COST = 10;
const WAITING_MAX = 32;
const RETRY_AFTER_SECONDS = 2;
/** bcrypt does not look at what comes after. */
export const SECRET_BYTES_MAX = 72;
const WORKER_HEAP_MB = 32;

/**
 * The worker is given as text and finds bcryptjs by the path handed over, so it runs the same from sources and from
 * the bundle, without a second entry point to build, ship and find again. (better-sqlite3 needs node_modules there
 * as well.)
 */
const WORKER_CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const bcrypt = require(workerData);
parentPort.on('message', ({ secret, hash, cost }) => {
  try {
    const result = hash === null ? bcrypt.hashSync(secret, cost) : bcrypt.compareSync(secret, hash);
    parentPort.postMessage({ result });
  } catch (error) {
    parentPort.postMessage({ fault: String(error) });
  }
});`;

interface Job {
  secret: string;
  /** Null: make one. */
  hash: string | null;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** bcrypt off the event loop: one worker thread, so that a core at most is busy and file access never waits for it. */
export class KeyHasher {
  readonly #cost: number;
  readonly #waitingMax: number;
  readonly #what: string;
  readonly #waiting: Job[] = [];
  #running: Job | null = null;
  #worker: Worker | null = null;

  constructor({ cost = COST, waitingMax = WAITING_MAX, what = 'keys' }: HasherOptions = {}) {
    this.#cost = cost;
    this.#waitingMax = waitingMax;
    this.#what = what;
  }

  async hash(secret: string): Promise<string> {
    const result = await this.#do(secret, null);
    if (typeof result !== 'string') throw new Error('bcrypt gave no hash');
    return result;
  }

  async compare(secret: string, hash: string): Promise<boolean> {
    return (await this.#do(secret, hash)) === true;
  }

  /** What still waits fails. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#fail('the relay is stopping');
    await worker?.terminate();
  }

  #do(secret: string, hash: string | null): Promise<unknown> {
    if (Buffer.byteLength(secret) > SECRET_BYTES_MAX) throw new Error('too long for bcrypt');
    if (this.#waiting.length >= this.#waitingMax) {
      const detail = `Too many ${this.#what} are being checked just now. Try again in a moment.`;
      throw new AppError('E_UNAVAILABLE', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ secret, hash, resolve, reject });
    this.#next();
    return promise;
  }

  #next(): void {
    if (this.#running !== null) return;
    this.#running = this.#waiting.shift() ?? null;
    if (this.#running === null) {
      // Nothing to do: the thread must not keep the process alive.
      this.#worker?.unref();
      return;
    }
    const { secret, hash } = this.#running;
    this.#worker ??= this.#startWorker();
    this.#worker.ref();
    this.#worker.postMessage({ secret, hash, cost: this.#cost });
  }

  #startWorker(): Worker {
    const worker = new Worker(WORKER_CODE, {
      eval: true,
      workerData: createRequire(import.meta.url).resolve('bcryptjs'),
      // Neither the flags of this process nor its environment, which holds secrets.
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    });
    worker.on('message', ({ result, fault }: { result?: unknown; fault?: string }) => {
      const job = this.#running;
      this.#running = null;
      if (fault === undefined) job?.resolve(result);
      else job?.reject(new Error(`bcrypt: ${fault}`));
      this.#next();
    });
    const onEnd = (why: unknown): void => {
      if (this.#worker === worker) this.#fail(`the thread that checks ${this.#what} ended: ${why}`);
    };
    worker.on('error', onEnd);
    worker.on('exit', onEnd);
    return worker;
  }

  /** The next job gets a new thread. */
  #fail(why: string): void {
    const jobs = [...(this.#running === null ? [] : [this.#running]), ...this.#waiting.splice(0)];
    this.#running = null;
    this.#worker = null;
    const error = new AppError('E_UNAVAILABLE', {
      detail: `Just now no ${this.#what} can be checked. Try again in a moment.`,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
      cause: new Error(why),
    });
    for (const job of jobs) job.reject(error);
  }
}
