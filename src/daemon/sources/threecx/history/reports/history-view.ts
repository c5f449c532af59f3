import * as z from 'zod';
import { AppError } from '../../../../../shared/errors.ts';
import type { HistoryRecord } from '../../../../core/ports.ts';
import type { End, Leg } from '../records/leg.ts';
import { durationMs, isoOf, type Report, type Slice, type XapiGetter } from './report.ts';

const PAGE_ROWS = 1000;
/** Above, the slice is halved. */
const SLICE_ROWS_MAX = 5000;

const text = z
  .string()
  .nullish()
  .transform(value => value ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform(value => value ?? false);
const rowSchema = z.object({
  SegmentId: z.number().int(),
  SegmentStartTime: z.string(),
  SegmentEndTime: text,
  CallTime: text,
  CallAnswered: flag,
  SrcDn: text,
  SrcCallerNumber: text,
  SrcDisplayName: text,
  SrcExternal: flag,
  DstDn: text,
  DstCallerNumber: text,
  DstDisplayName: text,
  DstExternal: flag,
});
const answerSchema = z.object({ value: z.array(rowSchema) });
type Row = z.output<typeof rowSchema>;

/**
 * CallHistoryView, of before Update 6: empty on a fresh system, old rows on an upgraded one. It does not tell which
 * segments make a call, so each is given as a call of its own.
 */
export class HistoryView implements Report {
  readonly name = 'CallHistoryView';
  readonly #xapi: XapiGetter;

  constructor(xapi: XapiGetter) {
    this.#xapi = xapi;
  }

  async legs({ from, to }: Slice, signal?: AbortSignal): Promise<Leg[] | null> {
    const rows: Row[] = [];
    for (let page: Row[] | null = null; page === null || page.length === PAGE_ROWS; ) {
      const answer = answerSchema.safeParse(await this.#xapi.get(pathOf({ from, to }, rows.length), signal));
      if (!answer.success) {
        throw new AppError('E_UPSTREAM', { detail: 'CallHistoryView answered in a form we do not know.' });
      }
      page = answer.data.value;
      rows.push(...page);
      if (rows.length >= SLICE_ROWS_MAX) return null;
    }
    return rows.map(legOf).filter(leg => Date.parse(leg.startedAt) >= from && Date.parse(leg.startedAt) < to);
  }
}

/** 3CX: only whole days can be asked for; of which zone is unknown, so a day more on either side. */
function pathOf({ from, to }: Slice, skip: number): string {
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const dayMs = 24 * 3_600_000;
  const filter = `date(SegmentStartTime) ge ${day(from - dayMs)} and date(SegmentStartTime) le ${day(to + dayMs)}`;
  return `/xapi/v1/CallHistoryView?$filter=${encodeURIComponent(filter)}&$orderby=SegmentId&$top=${PAGE_ROWS}&$skip=${skip}`;
}

function legOf(row: Row): Leg {
  const startedAt = isoOf(row.SegmentStartTime);
  if (startedAt === null)
    throw new AppError('E_UPSTREAM', { detail: 'CallHistoryView told a start that is no time.' });
  const endedAt = isoOf(row.SegmentEndTime);
  const talkedMs = durationMs(row.CallTime) ?? 0;
  const answeredAt = endedAt === null ? startedAt : new Date(Date.parse(endedAt) - talkedMs).toISOString();
  const id = `view-${row.SegmentId}`;
  return {
    id,
    callId: id,
    startedKey: startedAt,
    startedAt,
    answeredAt: row.CallAnswered ? answeredAt : null,
    endedAt,
    direction: directionOf(row),
    source: endOf(row.SrcExternal, [row.SrcDn, row.SrcCallerNumber, row.SrcDisplayName]),
    destination: endOf(row.DstExternal, [row.DstDn, row.DstCallerNumber, row.DstDisplayName]),
    did: null,
    queue: null,
    continuedIn: null,
    endReason: '',
  };
}

function endOf(isOutside: boolean, [dn, callerNumber, name]: [string, string, string]): End {
  const number = callerNumber.replace(/^Ext\./, '') || dn;
  return { dn, number, name: name === number ? '' : name, isOutside };
}

function directionOf({ SrcExternal, DstExternal }: Row): HistoryRecord['direction'] {
  if (SrcExternal) return 'inbound';
  return DstExternal ? 'outbound' : 'internal';
}
