import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import type { Heard } from '../ports.ts';

interface ContinuityOptions {
  database: Database;
  /** A file beside the journal that stands for "what was delivered is on disk". */
  markFile: string;
  /** Changes with each boot of the host. */
  bootId: string;
  /** Why there is nothing of the log before; null when there was none. */
  whyLost?: string | null;
}

const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id';
const EPOCH_BYTES = 12;
/** Written by a restore, so that the next start can say why. */
const RESTORED_KEY = 'restored_from';

/**
 * Whether seqs go on where they ended. A killed process loses nothing, so its epoch stays. A host that went down
 * uncleanly may have lost the newest commits, and a log that lived in memory only is gone with the process: then a
 * new epoch says that old cursors mean nothing here.
 */
export class Continuity {
  readonly #database: Database;
  readonly #markFile: string;
  #epoch: string;
  /** Why this start began a new epoch; null when it goes on with the old, or is the very first. */
  readonly whyNew: string | null;

  constructor({ database, markFile, bootId, whyLost = null }: ContinuityOptions) {
    this.#database = database;
    this.#markFile = markFile;
    const known = this.#get('epoch');
    const hostWentDown = this.#get('boot_id') !== bootId && this.#get('clean') !== '1';
    const wasInMemory = !existsSync(markFile);
    const isContinued = known !== null && !hostWentDown && !wasInMemory;
    this.#epoch = isContinued ? known : newEpoch();
    this.whyNew = isContinued ? null : (whyLost ?? this.#whyNew({ known, hostWentDown }));
    this.#set('epoch', this.#epoch);
    this.#set('boot_id', bootId);
    this.#set('clean', '0');
    this.markSound();
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Removing a file works on a full disk, writing a row does not. */
  markBroken(): void {
    rmSync(this.#markFile, { force: true });
  }

  markSound(): void {
    writeFileSync(this.#markFile, '', { mode: 0o600 });
  }

  markClean(): void {
    this.#set('clean', '1');
  }

  #whyNew({ known, hostWentDown }: { known: string | null; hostWentDown: boolean }): string | null {
    const restoredFrom = this.#get(RESTORED_KEY);
    this.#database.prepare('DELETE FROM journal_meta WHERE key = ?').run(RESTORED_KEY);
    if (restoredFrom !== null) return `The log was restored from the backup ${restoredFrom}.`;
    if (known === null) return null;
    if (hostWentDown) return 'The host went down uncleanly, so the newest entries may be lost.';
    return 'The log had lived in memory only when the relay ended.';
  }

  breakOff(): void {
    this.#epoch = newEpoch();
    this.#set('epoch', this.#epoch);
  }

  noteHeard(source: string, heard: Heard): void {
    this.#set(heardKey(source), JSON.stringify(heard));
  }

  heard(source: string): Heard | null {
    const text = this.#get(heardKey(source));
    // Written by this file only.
    return text === null ? null : (JSON.parse(text) as Heard);
  }

  #get(key: string): string | null {
    const row = this.#database.prepare('SELECT value FROM journal_meta WHERE key = ?').get(key);
    return (row as { value: string } | undefined)?.value ?? null;
  }

  #set(key: string, value: string): void {
    this.#database
      .prepare(
        'INSERT INTO journal_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      )
      .run(key, value);
  }
}

export function bootId(): string {
  try {
    return readFileSync(BOOT_ID_FILE, 'utf8').trim();
  } catch {
    // Without it every start counts as a new boot: only the clean mark keeps the epoch.
    return randomBytes(EPOCH_BYTES).toString('hex');
  }
}

function heardKey(source: string): string {
  return `heard ${source}`;
}

function newEpoch(): string {
  return randomBytes(EPOCH_BYTES).toString('hex');
}
