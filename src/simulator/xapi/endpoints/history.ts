import { callLogData } from '../call-log-data.ts';
import type { XapiCall } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { isoTime } from '../iso-text.ts';
import type { ODataOptions } from '../odata/odata-query.ts';
import { gatewayTimeout, ODataError } from '../xapi-fault.ts';
import { oldHistoryRows, oldLogRows } from './old-calls.ts';
import { passReportProxy } from './report.ts';

/** 3CX: the system parameter REPORT_ROW_LIMIT as it is set on a fresh system. */
const REPORT_ROWS_MAX = 20_000;
const ROWS_LOST_BY_ORDER_SHARE = 0.1;
/** 3CX: only 0, no filter, is known of these codes; another would be played wrongly, so it is refused. */
const CODES = ['sourceType', 'destinationType', 'callsType', 'callTimeFilterType'];

export async function callLog(call: XapiCall, options: ODataOptions): Promise<RowOf<'CallLogData'>[]> {
  requireKnownCodes(call);
  await passReportProxy(call);
  const { parts, arguments: given } = call;
  const from = given.instant('periodFrom');
  // So far back rows have been dropped here. A short answer would be a lie, and a real PBX asked for so much
  // history answers nothing in time either.
  if (!parts.callLog.reachesBackTo(from)) throw gatewayTimeout();
  const rows = callLogData(parts.callLog.entries(), {
    from,
    to: given.instant('periodTo'),
    hidePolled: given.isTrue('hidePcalls'),
    rowsMax: REPORT_ROWS_MAX,
  });
  return options.orderBy ? withoutNewest(rows) : rows;
}

export async function oldCallLog(call: XapiCall): Promise<RowOf<'CallLogData'>[]> {
  requireKnownCodes(call);
  await passReportProxy(call);
  if (call.parts.knobs.current.callHistoryView !== 'old') return [];
  const from = call.arguments.instant('periodFrom');
  const to = call.arguments.instant('periodTo');
  return oldLogRows().filter(({ StartTime }) => {
    const startedAt = Date.parse(StartTime ?? '');
    return startedAt >= from && startedAt <= to;
  });
}

export function callHistoryView({ parts }: XapiCall): RowOf<'CallHistoryView'>[] {
  return parts.knobs.current.callHistoryView === 'old' ? oldHistoryRows() : [];
}

/** 3CX: with nothing recorded yet, whether the row is missing or its field is null is unknown. */
export function lastTimestamps({ parts }: XapiCall): RowOf<'LastCdrAndChatMessageTimestamp'>[] {
  const started = parts.callLog.last()?.record.cdr_started_at.getTime();
  const LastCdrStartedAt = started === undefined ? null : isoTime(started);
  return [{ LastCdrStartedAt, LastChatMessageTimeSent: null }];
}

/** 3CX: $orderby on this function was seen to lose the newest rows; how many is unknown. */
function withoutNewest(rows: RowOf<'CallLogData'>[]): RowOf<'CallLogData'>[] {
  return rows.slice(Math.max(1, Math.floor(rows.length * ROWS_LOST_BY_ORDER_SHARE)));
}

function requireKnownCodes({ arguments: given }: XapiCall): void {
  const unknown = CODES.find(name => given.integer(name) !== 0);
  if (unknown) throw new ODataError('The simulator knows no filter code but 0.', unknown);
}
