/** One way out for the lines of the CDR service. */
export interface CdrOutput {
  /** Resolves when it can take lines; rejects with what stands in the way. */
  start(): Promise<void>;
  /** Hands over one line, with its ending, or loses it: nobody waits for a reader. */
  send(line: string, call: { callId: number; historyId: string }): void;
  stop(): Promise<void>;
  /** Where readers connect to, for an output that listens. */
  readonly port: number | null;
}
