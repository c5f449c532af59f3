import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';
import { Worker } from 'node:worker_threads';

export interface Inspection {
  /** The file's `user_version`. */
  version: number;
  /** What SQLite says is wrong with it; null when it is whole. */
  fault: string | null;
  /** Of the error, when it could not be looked through to the end. */
  code: string | null;
}

const FAULTS_MAX = 3;

/** Given as text, as the one that checks keys: it runs the same from sources and from the bundle. */
const WORKER_CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const Sqlite = require(workerData.sqlite);
try {
  const database = new Sqlite(workerData.file, { fileMustExist: true, readonly: workerData.isLive, timeout: 5000 });
  // A copy that stands alone needs no side files.
  if (!workerData.isLive) database.pragma('journal_mode = DELETE');
  const version = Number(database.pragma('user_version', { simple: true }));
  const rows = database.pragma(workerData.check + '(${FAULTS_MAX})').map(row => String(row[workerData.check]));
  const orphans = workerData.check === 'quick_check' ? 0 : database.pragma('foreign_key_check').length;
  if (orphans > 0) rows.push(orphans + ' rows refer to nothing');
  database.close();
  const faults = rows.filter(row => row !== 'ok');
  parentPort.postMessage({ version, fault: faults.length === 0 ? null : faults.join('; '), code: null });
} catch (error) {
  parentPort.postMessage({ version: 0, fault: String(error), code: String(error.code) });
}`;

interface InspectOptions {
  /** Somebody may be writing it. */
  isLive: boolean;
  /** `quick_check` does not compare indexes with their tables, and takes a fraction of the time. */
  check?: 'integrity_check' | 'quick_check';
}

/** Looks through a whole database file, in a thread: a large one takes seconds. */
export function inspect(
  file: string,
  { isLive, check = 'integrity_check' }: InspectOptions,
): Promise<Inspection> {
  const { promise, resolve, reject } = Promise.withResolvers<Inspection>();
  const worker = new Worker(WORKER_CODE, {
    eval: true,
    workerData: { file, isLive, check, sqlite: createRequire(import.meta.url).resolve('better-sqlite3') },
    execArgv: [],
    env: {},
  });
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', code => reject(new Error(`the thread that checks ${file} ended with ${code}`)));
  return promise;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
