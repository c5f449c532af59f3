import { once } from 'node:events';
import { createWriteStream, realpathSync, renameSync, rmSync, type Stats, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { HistoryRecord } from '../../../daemon/core/ports.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { Asking } from '../../../shared/control/control-client.ts';
import { piecesOf } from '../../../shared/control/follow.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';
import type { GivenOf } from '../../command.ts';
import type { historyCommand } from '../../commands/calls.ts';
import { connect } from '../../connect.ts';
import { note } from '../../output/print.ts';

type HistoryGiven = GivenOf<typeof historyCommand>;
type HistoryQuery = NonNullable<Asking['query']>;

/** Callers' numbers are nobody else's business. */
const FILE_MODE = 0o600;
const BATCH_CHARS = 65_536;
/** A search through years of records takes its time. */
const SILENT_MAX_MS = 300_000;

/** The whole range, read no faster than it is taken. Prints by itself. */
export async function exportHistory(given: HistoryGiven, query: HistoryQuery): Promise<null> {
  if (given.csv && given.ndjson)
    throw new CliError('E_USAGE', 'Both --csv and --ndjson are given.', 'One file has one format: give one.');
  const { output = '-' } = given;
  const target = targetOf(output);
  if (given.csv && given.json && target.kind === 'stdout')
    throw new CliError(
      'E_USAGE',
      '--json is given, and CSV is no JSON.',
      'With --ndjson it is a line a record.',
    );
  const response = await connect(given).open('/admin/call-history', {
    query,
    headers: { Accept: 'application/x-ndjson' },
  });
  const lines = linesOf(response, await encoderOf(given));
  if (target.kind === 'stdout') {
    await writeAll(lines, process.stdout);
    return null;
  }
  const count = await writeFile(lines, target);
  note(given, `${output} has ${count} records.`);
  return null;
}

interface Target {
  kind: 'stdout' | 'file' | 'device';
  path: string;
}

/** A device or a pipe is written into. A file is replaced when all is there; where a link leads, not the link. */
function targetOf(output: string): Target {
  if (output === '-') return { kind: 'stdout', path: output };
  const found = lookedAt(output);
  if (found === undefined) return { kind: 'file', path: output };
  if (found.isFile()) return { kind: 'file', path: realpathSync(output) };
  if (!found.isDirectory()) return { kind: 'device', path: output };
  throw unwritable(output, 'it is a folder');
}

function lookedAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unwritable(path, error instanceof Error ? error.message : String(error));
  }
}

type Encode = (line: string) => string;

interface Encoding {
  head: string;
  encode: Encode;
}

async function encoderOf({ csv, 'show-numbers': showNumbers }: HistoryGiven): Promise<Encoding> {
  const shown = (line: string): HistoryRecord =>
    showNumbers ? JSON.parse(line) : withoutNumbers(JSON.parse(line));
  if (!csv) return { head: '', encode: line => `${showNumbers ? line : JSON.stringify(shown(line))}\n` };
  const { CSV_HEADER, csvLine } = await import('../../../daemon/outlets/relay/history/csv.ts');
  return { head: CSV_HEADER, encode: line => csvLine(shown(line)) };
}

interface Chunk {
  text: string;
  records: number;
}

async function* linesOf(response: IncomingMessage, { head, encode }: Encoding): AsyncGenerator<Chunk> {
  let text = head;
  let records = 0;
  try {
    for await (const line of piecesOf(response, { endedBy: '\n', silentMaxMs: SILENT_MAX_MS })) {
      text += encode(line);
      records += 1;
      if (text.length < BATCH_CHARS) continue;
      yield { text, records };
      text = '';
      records = 0;
    }
  } catch (error) {
    throw error instanceof CliError ? error : cutOff();
  }
  // A daemon that cannot go on has no other way to say so.
  if (!response.complete) throw cutOff();
  yield { text, records };
}

async function writeAll(chunks: AsyncIterable<Chunk>, output: Writable): Promise<number> {
  let count = 0;
  for await (const { text, records } of chunks) {
    count += records;
    if (text !== '' && !output.write(text)) await once(output, 'drain');
  }
  return count;
}

async function writeFile(chunks: AsyncIterable<Chunk>, { kind, path }: Target): Promise<number> {
  const partial = `${path}.partial`;
  const isFile = kind === 'file';
  if (isFile) rmSync(partial, { force: true });
  const file = isFile
    ? createWriteStream(partial, { mode: FILE_MODE, flags: 'wx' })
    : createWriteStream(path, { flags: 'w' });
  const isWritten = finished(file);
  // It is thrown below; until then nobody awaits it.
  isWritten.catch(() => {});
  try {
    const count = await Promise.race([writeAll(chunks, file), isWritten.then(() => 0)]);
    file.end();
    await isWritten;
    if (isFile) renameSync(partial, path);
    return count;
  } catch (error) {
    file.destroy();
    // It may still be being opened, and would then be there afterwards.
    if (!file.closed) await once(file, 'close');
    if (isFile) rmSync(partial, { force: true });
    if (error instanceof CliError) throw error;
    throw unwritable(path, error instanceof Error ? error.message : String(error));
  }
}

function unwritable(path: string, why: string): CliError {
  return new CliError('E_FILE', `${path} cannot be written: ${why}.`, 'Name another place with --output.');
}

function cutOff(): CliError {
  return new CliError(
    'E_CUT_OFF',
    'The daemon ended before the end of the range: what was written is not all.',
    "Try again; '3cx-relay status' tells whether the phone system's database is there.",
  );
}
