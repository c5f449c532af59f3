import type { HistoryRecord } from '../../../core/ports.ts';

type Cell = string | number | boolean | null;

/** Columns are only ever added at the end: programs count them. */
const COLUMNS: readonly [string, (record: HistoryRecord) => Cell][] = [
  ['id', record => record.id],
  ['callId', record => record.callId],
  ['source', record => record.source],
  ['direction', record => record.direction],
  ['fromNumber', record => record.from.number],
  ['fromName', record => record.from.name],
  ['fromDn', record => record.from.dn],
  ['toNumber', record => record.to.number],
  ['toName', record => record.to.name],
  ['toDn', record => record.to.dn],
  ['did', record => record.did],
  ['queue', record => record.queue],
  ['startedAt', record => record.startedAt],
  ['answeredAt', record => record.answeredAt],
  ['endedAt', record => record.endedAt],
  ['durationSeconds', record => record.durationSeconds],
  ['talkSeconds', record => record.talkSeconds],
  ['answered', record => record.answered],
  ['endReason', record => record.endReason],
];

const LINE_END = '\r\n';
const NEEDS_QUOTES = /[",\r\n\t]|^\s|\s$/;
/** What makes spreadsheet programs take a text for a formula; the wide forms are read as the narrow ones. */
const FORMULA_START = /^[=+\-@\t\r\n＝＋－＠]/;
/** A plus and digits is at worst a number to them: it can call nothing, so phone numbers stay as they are. */
const PHONE_NUMBER = /^\+\d{1,20}$/;

export const CSV_HEADER: string = COLUMNS.map(([name]) => name).join(',') + LINE_END;

/** RFC 4180. Callers choose their own names, so no cell may act when a person opens the file in a spreadsheet. */
export function csvLine(record: HistoryRecord): string {
  return COLUMNS.map(([, cellOf]) => encode(cellOf(record))).join(',') + LINE_END;
}

function encode(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const isFormula = FORMULA_START.test(cell) && !PHONE_NUMBER.test(cell);
  const text = isFormula ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
