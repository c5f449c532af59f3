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
  const rows = database.pragma('integrity_check(${FAULTS_MAX})').map(row => String(row.integrity_check));
  const orphans = database.pragma('foreign_key_check').length;
  if (orphans > 0) rows.push(orphans + ' rows refer to nothing');
  database.close();
  const faults = rows.filter(row => row !== 'ok');
  parentPort.postMessage({ version, fault: faults.length === 0 ? null : faults.join('; ') });
} catch (error) {
  parentPort.postMessage({ version: 0, fault: String(error) });
}`;

/** Looks through a whole database file, in a thread: a large one takes seconds. `isLive`: somebody is writing it. */
export function inspect(file: string, { isLive }: { isLive: boolean }): Promise<Inspection> {
  const { promise, resolve, reject } = Promise.withResolvers<Inspection>();
  const worker = new Worker(WORKER_CODE, {
    eval: true,
    workerData: { file, isLive, sqlite: createRequire(import.meta.url).resolve('better-sqlite3') },
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
