import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CdrOutput } from './cdr-output.ts';

interface CallFilesOptions {
  folder: string;
  isOneFileForEachCall: boolean;
}

const ALL_CALLS_FILE = 'cdr.log';

/** Lines into the CDRLogs folder: into one file, or into one for each call. */
export class CallFiles implements CdrOutput {
  readonly port = null;
  readonly #options: CallFilesOptions;

  constructor(options: CallFilesOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    mkdirSync(this.#options.folder, { recursive: true });
  }

  /** Synchronous, so that the file tells calls in the order they ended. A full disk loses lines, not calls. */
  send(line: string, { callId, historyId }: { callId: number; historyId: string }): void {
    const { folder, isOneFileForEachCall } = this.#options;
    // 3CX: how the files of single calls are named is unknown; call ids alone begin anew after a restart.
    const name = isOneFileForEachCall ? `cdr_${callId}_${historyId}.log` : ALL_CALLS_FILE;
    try {
      appendFileSync(join(folder, name), line);
    } catch {
      // A lossy feed: its readers reconcile with the database.
    }
  }

  async stop(): Promise<void> {}
}
