import type { CallRecord } from '../exchange/call-record.ts';
import { ActiveSocket } from './active-socket.ts';
import { CallFiles } from './call-files.ts';
import type { CdrOutput } from './cdr-output.ts';
import type { CdrSettings, CdrSettingsStore } from './cdr-settings.ts';
import { PassiveSocket } from './passive-socket.ts';
import { recordLine } from './record-line.ts';

interface CdrServiceOptions {
  settings: CdrSettingsStore;
  /** Stands for the PBX's CDRLogs folder. */
  outputFolder: string;
  bufferMaxBytes?: number;
  reconnectMs?: number;
}

const BUFFER_MAX_BYTES = 1_048_576;
const RECONNECT_MS = 1000;
/** Calls that go on in another call never end themselves, so the oldest are forgotten. */
const CALLS_REMEMBERED_MAX = 1000;
/** 3CX: the vendor does not document it; readers in the field split at CR LF. */
const LINE_END = '\r\n';

/**
 * The PBX's own CDR output: a line for each segment of a call when it ends. It follows its settings while it
 * runs; every change of them begins a new output, and readers have to connect again.
 */
export class CdrService {
  readonly #options: Required<CdrServiceOptions>;
  readonly #told = new Map<string, CallRecord[]>();
  #output: CdrOutput | null = null;
  #fault: string | null = null;
  #change: Promise<void> = Promise.resolve();
  #stopListening: (() => void) | null = null;

  constructor(options: CdrServiceOptions) {
    this.#options = { bufferMaxBytes: BUFFER_MAX_BYTES, reconnectMs: RECONNECT_MS, ...options };
  }

  /** The port readers connect to in PassiveSocket mode, else null. */
  get port(): number | null {
    return this.#output?.port ?? null;
  }

  /** Why nothing is written though it is enabled, such as a port that is taken; null when all is well. */
  get fault(): string | null {
    return this.#fault;
  }

  async start(): Promise<void> {
    this.#stopListening ??= this.#options.settings.onChange(() => this.#reopen());
    this.#reopen();
    await this.settled();
  }

  /** Resolves when the last change of settings has taken effect. */
  settled(): Promise<void> {
    return this.#change;
  }

  write(record: CallRecord, callId: number): void {
    const historyId = record.call_history_id;
    const earlier = this.#told.get(historyId) ?? [];
    this.#remember(record, earlier);
    if (!this.#output) return;
    const { EnabledFields, RemoveCommaDelimiters } = this.#options.settings.get();
    const format = { fields: EnabledFields, isFixedWidth: RemoveCommaDelimiters };
    this.#output.send(recordLine({ record, earlier, callId }, format) + LINE_END, { callId, historyId });
  }

  async stop(): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = null;
    this.#change = this.#change.then(() => this.#close());
    await this.#change;
    this.#told.clear();
  }

  /** One change after the other: the port of the old output may be the new one's. */
  #reopen(): void {
    this.#change = this.#change.then(async () => {
      try {
        await this.#close();
        await this.#open();
      } catch (error) {
        this.#fault = messageOf(error);
      }
    });
  }

  async #open(): Promise<void> {
    const settings = this.#options.settings.get();
    this.#fault = null;
    if (!settings.Enabled) return;
    const output = this.#outputFor(settings);
    await output.start();
    this.#output = output;
  }

  async #close(): Promise<void> {
    const output = this.#output;
    this.#output = null;
    await output?.stop();
  }

  #outputFor({ LogType, SocketIpAddress: address, SocketPort: port }: CdrSettings): CdrOutput {
    const { outputFolder: folder, bufferMaxBytes, reconnectMs } = this.#options;
    switch (LogType) {
      case 'PassiveSocket':
        return new PassiveSocket({ port, bufferMaxBytes });
      case 'ActiveSocket':
        return new ActiveSocket({ address, port, bufferMaxBytes, reconnectMs });
      case 'SingleFileForAllCalls':
        return new CallFiles({ folder, isOneFileForEachCall: false });
      case 'SingleFileForEachCall':
        return new CallFiles({ folder, isOneFileForEachCall: true });
    }
  }

  #remember(record: CallRecord, earlier: readonly CallRecord[]): void {
    const isPolled = record.creation_forward_reason === 'polling' && record.cdr_answered_at === null;
    this.#told.delete(record.call_history_id);
    if (record.continued_in_cdr_id === null && !isPolled) return;
    this.#told.set(record.call_history_id, [...earlier, record]);
    const [oldest] = this.#told.keys();
    if (this.#told.size > CALLS_REMEMBERED_MAX && oldest !== undefined) this.#told.delete(oldest);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
