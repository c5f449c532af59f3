import { once } from 'node:events';
import type { LogEvent } from '../../../shared/control/live-log.ts';
import type { LogEntry } from '../../../shared/telling/entry-told.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';
import type { GivenOf } from '../../command.ts';
import type { listenCommand } from '../../commands/calls.ts';
import { styleFor } from '../../output/style.ts';
import { entryLine, entryRow } from './entry-text.ts';

type Given = GivenOf<typeof listenCommand>;

interface PrinterOptions {
  given: Given;
  /** Is handed each entry as JSON before it is printed, and is waited for. */
  forward: ((json: string) => Promise<void>) | null;
}

/** Entries in the form that was asked for, no faster than they are taken. */
export class EntryPrinter {
  readonly #given: Given;
  readonly #forward: PrinterOptions['forward'];
  readonly #form: 'json' | 'plain' | 'text';
  /** Of the stream; gaps that concern only us carry none. */
  #epoch = '';

  constructor({ given, forward }: PrinterOptions) {
    this.#given = given;
    this.#forward = forward;
    this.#form = given.plain ? 'plain' : given.json || !process.stdout.isTTY ? 'json' : 'text';
  }

  async event({ id, text }: LogEvent): Promise<void> {
    this.#epoch = id?.split(':')[0] ?? this.#epoch;
    // An event of 3CX is passed on as it came, wherever nothing needs to be hidden.
    if (this.#form !== 'json' || !this.#given['show-numbers'])
      return this.print(JSON.parse(text), this.#epoch);
    const json = withEpoch(text, this.#epoch);
    await this.#forward?.(json);
    await write(json);
  }

  async print(entry: LogEntry, epoch: string): Promise<void> {
    const shown = this.#given['show-numbers'] ? entry : withoutNumbers(entry);
    const json = withEpoch(JSON.stringify(shown), epoch);
    await this.#forward?.(json);
    if (this.#form === 'json') await write(json);
    else await write(this.#form === 'plain' ? entryRow(shown) : entryLine(shown, styleFor(this.#given)));
  }
}

async function write(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

function withEpoch(json: string, epoch: string): string {
  return `${json.slice(0, -1)},"epoch":${JSON.stringify(epoch)}}`;
}
