import type { ServerResponse } from 'node:http';
import { AppError } from '../../../../shared/errors.ts';
import type { Clock } from '../../../core/ports.ts';
import type { Operator } from '../../../guards/operators/operator.ts';
import type { Operators } from '../../../guards/operators/operators.ts';

interface StreamsOptions {
  operators: Pick<Operators, 'isLive'>;
  clock: Clock;
  onUnread(who: Operator): void;
}

interface NewStream {
  who: Operator;
  response: ServerResponse;
  headers: Record<string, string>;
}

const STREAMS_MAX = 50;
/** Who takes nothing is cut here: what he misses he gets with the next snapshot. */
const PENDING_MAX_BYTES = 1_048_576;
const LOOK_EVERY_MS = 1000;
const BEAT_EVERY_LOOKS = 10;

/** One answer that goes on: a JSON document a line, bounded, with a heartbeat. */
export class LineStream {
  readonly who: Operator;
  readonly #onUnread: (who: Operator) => void;
  readonly #response: ServerResponse;
  readonly #ended: (() => void)[] = [];
  #isOpen = true;

  constructor({ who, response, headers }: NewStream, onUnread: (who: Operator) => void) {
    this.who = who;
    this.#onUnread = onUnread;
    this.#response = response;
    response.writeHead(200, {
      ...headers,
      'Content-Type': 'application/x-ndjson; charset=utf-8',
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    response.on('close', () => this.#close());
  }

  /** Also called when it has ended already. */
  onEnd(told: () => void): void {
    if (this.#isOpen) this.#ended.push(told);
    else told();
  }

  /** Whole lines. */
  write(lines: string): void {
    if (!this.#isOpen) return;
    // Looked at before: one large snapshot is no sign that nobody reads.
    if (this.#response.writableLength <= PENDING_MAX_BYTES) {
      this.#response.write(lines);
      return;
    }
    this.#close();
    this.#response.destroy();
    this.#onUnread(this.who);
  }

  say(line: object): void {
    this.write(`${JSON.stringify(line)}\n`);
  }

  /** All was said. */
  finish(): void {
    this.#close();
    this.#response.end();
  }

  /** With a last line that says why. */
  end(code: 'E_LOGIN_NEEDED' | 'E_UNAVAILABLE', detail: string): void {
    this.say({ type: 'end', code, detail });
    this.finish();
  }

  #close(): void {
    this.#isOpen = false;
    for (const told of this.#ended.splice(0)) told();
  }
}

/** All streams that are open: each beats, and ends when its login does or the daemon stops. */
export class LineStreams {
  readonly #options: StreamsOptions;
  readonly #streams = new Set<LineStream>();
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** Throws E_TOO_MANY_CLIENTS. */
  open(about: NewStream): LineStream {
    if (this.#streams.size >= STREAMS_MAX) {
      const detail = `${STREAMS_MAX} streams are open already; close some first.`;
      throw new AppError('E_TOO_MANY_CLIENTS', { detail, retryAfterSeconds: 10 });
    }
    const stream = new LineStream(about, this.#options.onUnread);
    this.#streams.add(stream);
    stream.onEnd(() => this.#forget(stream));
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    return stream;
  }

  endAll(): void {
    const detail = 'The daemon stops. Connect again; a new snapshot comes first.';
    for (const stream of this.#streams) stream.end('E_UNAVAILABLE', detail);
  }

  #forget(stream: LineStream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { operators, clock } = this.#options;
    this.#looks += 1;
    const isBeat = this.#looks % BEAT_EVERY_LOOKS === 0;
    for (const stream of this.#streams) {
      if (!isStillLive(operators, stream.who))
        stream.end('E_LOGIN_NEEDED', 'The login has ended. Log in again.');
      else if (isBeat) stream.say({ type: 'heartbeat', time: clock.now() });
    }
  }
}

/** A state file that cannot be read at the moment throws nobody out: no new request would be let in. */
function isStillLive(operators: Pick<Operators, 'isLive'>, who: Operator): boolean {
  try {
    return operators.isLive(who);
  } catch {
    return true;
  }
}
