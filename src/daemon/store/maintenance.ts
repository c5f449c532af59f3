import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { OpenPart } from './backup/backup.ts';
import { inspect } from './inspection.ts';
import { countOld, RETENTION, ROWS_PER_TURN, removeOld } from './retention.ts';
import type { DatabasePart } from './schema-text.ts';
import { suspect } from './soundness.ts';

/** What was done to one file. */
export interface Maintenance {
  part: DatabasePart;
  /** Rows that were too old or too many, by table. */
  removed: Record<string, number>;
  bytesBefore: number;
  bytesAfter: number;
  /** What is wrong with the file, which then was left as it is; null when it is whole. */
  fault: string | null;
}

interface Order {
  parts: readonly OpenPart[];
  now: number;
  /** Only tells what would be done. */
  isDryRun?: boolean;
}

/** Pages of 4 KiB given back in one turn of the loop. */
const PAGES_PER_TURN = 256;

/** Tidies up while the files are in use: never more than a few milliseconds at a time. */
export async function maintain({ parts, now, isDryRun = false }: Order): Promise<Maintenance[]> {
  const done: Maintenance[] = [];
  for (const { part, database } of parts) {
    const bytesBefore = bytesOf(database);
    const { fault } = await inspect(database.name, { isLive: true });
    if (fault !== null) {
      // Tidying up would make it worse.
      suspect(database.name);
      done.push({ part, removed: {}, bytesBefore, bytesAfter: bytesBefore, fault });
      continue;
    }
    if (isDryRun) {
      const removed = part === 'state' ? plannedRetention(database, now) : {};
      done.push({ part, removed, bytesBefore, bytesAfter: bytesBefore - freeBytesOf(database), fault });
      continue;
    }
    // The journal has limits of its own, which it keeps all the time.
    const removed = part === 'state' ? await applyRetention(database, now) : {};
    await giveBack(database);
    database.pragma('optimize');
    database.pragma('wal_checkpoint(PASSIVE)');
    done.push({ part, removed, bytesBefore, bytesAfter: bytesOf(database), fault });
  }
  return done;
}

async function applyRetention(database: Database, now: number): Promise<Record<string, number>> {
  const removed: Record<string, number> = {};
  for (const rule of RETENTION) {
    let rows = ROWS_PER_TURN;
    while (rows >= ROWS_PER_TURN) {
      rows = removeOld(database, rule, now);
      removed[rule.table] = (removed[rule.table] ?? 0) + rows;
      await nextTurn();
    }
  }
  return removed;
}

function plannedRetention(database: Database, now: number): Record<string, number> {
  return Object.fromEntries(RETENTION.map(rule => [rule.table, countOld(database, rule, now)]));
}

async function giveBack(database: Database): Promise<void> {
  const free = (): number => Number(database.pragma('freelist_count', { simple: true }));
  for (let before = free(); before > 0; ) {
    database.pragma(`incremental_vacuum(${PAGES_PER_TURN})`);
    const after = free();
    // A file that was not made for it gives nothing back.
    if (after >= before) return;
    before = after;
    await nextTurn();
  }
}

function freeBytesOf(database: Database): number {
  const free = Number(database.pragma('freelist_count', { simple: true }));
  return free * Number(database.pragma('page_size', { simple: true }));
}

function bytesOf(database: Database): number {
  const pages = Number(database.pragma('page_count', { simple: true }));
  return pages * Number(database.pragma('page_size', { simple: true }));
}
