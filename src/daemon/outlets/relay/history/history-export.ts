import { once } from 'node:events';
import { pipeline, Readable, type Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { AppError, unreachable } from '../../../../shared/errors.ts';
import type { HistoryRecord } from '../../../core/ports.ts';
import { CSV_HEADER, csvLine } from './csv.ts';
import { ndjsonLine } from './ndjson.ts';

export type ExportFormat = 'csv' | 'ndjson';

interface ExportOptions {
  /** Ended by the caller's signal; read no faster than the client takes it. */
  records(make: (record: HistoryRecord) => string): AsyncIterable<string[]>;
  format: ExportFormat;
  /** The request's header. */
  acceptEncoding: string | undefined;
  signal: AbortSignal;
  stallMs?: number;
}

export interface HistoryExport {
  headers: Record<string, string>;
  /** Resolves when the client has all; rejects when it was cut, and then the client sees that its end is missing. */
  send(output: Writable): Promise<void>;
}

/** A client that takes nothing for so long is cut: it holds a connection to the PBX's database. */
const STALL_MS = 30_000;
/** The host's processor is the PBX's: the cheapest level already makes an eighth of it. */
const GZIP_LEVEL = constants.Z_BEST_SPEED;
const TYPES: Record<ExportFormat, string> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
};

/** Waits for the first batch, so that what fails at once can still be told with a status. */
export async function openExport({
  records,
  format,
  acceptEncoding,
  signal,
  stallMs = STALL_MS,
}: ExportOptions): Promise<HistoryExport> {
  const batches = records(lineEncoder(format))[Symbol.asyncIterator]();
  const first = await batches.next();
  const isZipped = acceptsGzip(acceptEncoding);
  const headers = {
    'Content-Type': TYPES[format],
    'Content-Disposition': `attachment; filename="call-history.${format}"`,
    Vary: 'Accept, Accept-Encoding',
    ...(isZipped && { 'Content-Encoding': 'gzip' }),
  };
  const send = async (output: Writable): Promise<void> => {
    const chunks = chunksOf({ first, batches, format });
    try {
      for await (const chunk of isZipped ? zipped(chunks) : chunks) {
        if (!output.write(chunk)) await eventOf(output, 'drain', { signal, stallMs });
      }
      output.end();
      await eventOf(output, 'finish', { signal, stallMs });
    } catch (error) {
      // Headers are out, so a torn connection is the only way left to say that this is not all.
      output.destroy();
      throw error;
    } finally {
      await batches.return?.();
    }
  };
  return { headers, send };
}

interface Encoding {
  first: IteratorResult<string[], unknown>;
  batches: AsyncIterator<string[]>;
  format: ExportFormat;
}

async function* chunksOf({ first, batches, format }: Encoding): AsyncGenerator<string> {
  if (format === 'csv') yield CSV_HEADER;
  for (let step = first; !step.done; step = await batches.next()) {
    if (step.value.length > 0) yield step.value.join('');
  }
}

function lineEncoder(format: ExportFormat): (record: HistoryRecord) => string {
  switch (format) {
    case 'csv':
      return csvLine;
    case 'ndjson':
      return ndjsonLine;
    default:
      return unreachable(format);
  }
}

function zipped(chunks: AsyncIterable<string>): AsyncIterable<Buffer> {
  const zip = createGzip({ level: GZIP_LEVEL });
  // A fault of either side is thrown to whoever reads the other.
  pipeline(Readable.from(chunks, { highWaterMark: 1 }), zip, () => {});
  return zip;
}

interface Waiting {
  signal: AbortSignal;
  stallMs: number;
}

async function eventOf(
  output: Writable,
  event: 'drain' | 'finish',
  { signal, stallMs }: Waiting,
): Promise<void> {
  const left = () => new AppError('E_TIMEOUT', { detail: 'The client left before the end of the export.' });
  if (output.destroyed) throw left();
  if (event === 'finish' && output.writableFinished) return;
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    const detail = `The client took nothing for ${stallMs / 1000} s, so its export was ended.`;
    stalled.abort(new AppError('E_TIMEOUT', { detail }));
  }, stallMs);
  const onClose = () => stalled.abort(left());
  output.once('close', onClose);
  try {
    await once(output, event, { signal: AbortSignal.any([signal, stalled.signal]) });
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(timer);
    output.off('close', onClose);
  }
}

/** `gzip`, or `*` where gzip is not named; a weight of zero is a no. */
function acceptsGzip(header = ''): boolean {
  const offers = header.split(',').map(offer =>
    offer
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  );
  const offer = offers.find(([coding]) => coding === 'gzip') ?? offers.find(([coding]) => coding === '*');
  return offer !== undefined && !offer.slice(1).some(weight => /^q=0(\.0*)?$/.test(weight));
}
