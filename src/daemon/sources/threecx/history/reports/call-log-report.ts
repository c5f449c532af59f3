import * as z from 'zod';
import { AppError } from '../../../../../shared/errors.ts';
import type { Clock, HistoryRecord } from '../../../../core/ports.ts';
import type { Leg } from '../records/leg.ts';
import { CompanyNumbers } from './company-numbers.ts';
import { durationMs, isoOf, type Report, type Slice, type XapiGetter } from './report.ts';

/** 3CX: a report ends silently at REPORT_ROW_LIMIT (20,000); a fourth of it keeps the answer near 5 MB. */
const REPORT_ROWS_MAX = 5000;
/** 3CX: only these two codes are agreed on by all who have seen them. */
const OUTSIDE_TYPE = 1;
const DIRECTIONS = ['inbound', 'outbound', 'internal'] as const;

const text = z
  .string()
  .nullish()
  .transform(value => value ?? '');
/** 3CX: fields come and go between builds, so only what makes a row a record is needed. */
const rowSchema = z.object({
  CdrId: z.string().min(1),
  MainCallHistoryId: text,
  CallHistoryId: text,
  StartTime: z.string(),
  RingingDuration: text,
  TalkingDuration: text,
  SourceType: z.number().nullish(),
  SourceDn: text,
  SourceCallerId: text,
  SourceDisplayName: text,
  DestinationType: z.number().nullish(),
  DestinationDn: text,
  DestinationCallerId: text,
  DestinationDisplayName: text,
  Answered: z.boolean().nullish(),
  Direction: text,
  Reason: text,
});
const answerSchema = z.object({ value: z.array(rowSchema) });
type Row = z.output<typeof rowSchema>;

/** GetCallLogData: the same legs as in the database, in fewer words. */
export class CallLogReport implements Report {
  readonly name = 'ReportCallLogData';
  readonly #xapi: XapiGetter;
  readonly #numbers: CompanyNumbers;

  constructor(xapi: XapiGetter, clock: Clock) {
    this.#xapi = xapi;
    this.#numbers = new CompanyNumbers(xapi, clock);
  }

  async legs({ from, to }: Slice, signal?: AbortSignal): Promise<Leg[] | null> {
    const answer = answerSchema.safeParse(await this.#xapi.get(pathOf({ from, to }), signal));
    if (!answer.success) {
      const detail =
        'ReportCallLogData answered in a form we do not know. Please report this with the version of the PBX.';
      throw new AppError('E_UPSTREAM', { detail });
    }
    const rows = answer.data.value;
    if (rows.length >= REPORT_ROWS_MAX) return null;
    const isOurs = await this.#numbers.look(signal);
    return rows
      .map(row => legOf(row, isOurs))
      .filter(leg => Date.parse(leg.startedAt) >= from && Date.parse(leg.startedAt) < to);
  }
}

/** 3CX: every argument must be there, 0 means no filter; $orderby loses the newest rows. The end counts in. */
function pathOf({ from, to }: Slice): string {
  const period = `periodFrom=${new Date(from).toISOString()},periodTo=${new Date(to).toISOString()}`;
  const filters =
    "sourceType=0,sourceFilter='',destinationType=0,destinationFilter='',callsType=0,callTimeFilterType=0," +
    "callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=false";
  return `/xapi/v1/ReportCallLogData/Pbx.GetCallLogData(${period},${filters})?$top=${REPORT_ROWS_MAX}&$skip=0`;
}

function legOf(row: Row, isOurs: (number: string) => boolean): Leg {
  const startedAt = isoOf(row.StartTime);
  if (startedAt === null)
    throw new AppError('E_UPSTREAM', { detail: 'ReportCallLogData told a StartTime that is no time.' });
  const after = (ms: number): string => new Date(Date.parse(startedAt) + ms).toISOString();
  const ringingMs = durationMs(row.RingingDuration) ?? 0;
  const talkingMs = durationMs(row.TalkingDuration) ?? 0;
  const isDialledIn = row.SourceType === OUTSIDE_TYPE && isOurs(row.DestinationDn);
  return {
    id: row.CdrId,
    callId: row.MainCallHistoryId || row.CallHistoryId || row.CdrId,
    startedKey: startedAt,
    startedAt,
    answeredAt: row.Answered ? after(ringingMs) : null,
    endedAt: after(ringingMs + talkingMs),
    direction: directionOf(row.Direction),
    source: endOf(row.SourceType, [row.SourceDn, row.SourceCallerId, row.SourceDisplayName]),
    destination: endOf(row.DestinationType, [
      row.DestinationDn,
      row.DestinationCallerId,
      row.DestinationDisplayName,
    ]),
    // 3CX: there is no field for it; the rule that takes a call in goes by the number that was dialled.
    did: isDialledIn ? row.DestinationDn : null,
    // 3CX: the codes of queues differ between those who have seen them, so what is a queue stays untold.
    queue: null,
    continuedIn: null,
    endReason: row.Reason,
  };
}

function endOf(
  type: number | null | undefined,
  [dn, callerId, name]: [string, string, string],
): Leg['source'] {
  // 3CX: extensions are shown as Ext.101.
  const number = callerId.replace(/^Ext\./, '') || dn;
  return {
    dn,
    number,
    name: name === number || name === callerId ? '' : name,
    isOutside: type === OUTSIDE_TYPE,
  };
}

function directionOf(word: string): HistoryRecord['direction'] {
  return DIRECTIONS.find(direction => direction === word.toLowerCase()) ?? 'unknown';
}
