import { AppError } from '../../../../../shared/errors.ts';
import type { HistoryRecord } from '../../../../core/ports.ts';
import type { TextRow } from '../database/statement.ts';
import type { End, Leg } from './leg.ts';
import { type Field, fieldNames, type RecordTable } from './record-layout.ts';

/** 3CX: machines of the PBX answer too; these are people, or the far end of an outside line. */
const HUMAN_TYPES = ['extension', 'external_line'];
/** What a client may call a queue: something that looks for a person. */
export const QUEUE_TYPES = ['queue', 'ring_group_ring_all', 'ring_group_hunt'];
const OUTSIDE_TYPES = ['external_line', 'outbound_rule'];

const INDEX = new Map(fieldNames().map((field, index) => [field, index]));
/** With `TimeZone=UTC` and `DateStyle=ISO` the server writes every time like this. */
const SERVER_TIME = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?\+00$/;

/** The columns that `legOf` reads, in its order. */
export function recordColumns({ column }: RecordTable): string {
  return fieldNames()
    .map(field => column[field])
    .join(', ');
}

/** The same rule in SQL and below: a leg of its own, without the others of its call. */
export function directionSql({ column }: RecordTable): string {
  const outside = OUTSIDE_TYPES.map(type => `'${type}'`).join(', ');
  return `CASE WHEN ${column.sourceType} = 'external_line' AND coalesce(${column.isIncoming}, true) THEN 'inbound'
    WHEN ${column.destinationType} IN (${outside}) OR ${column.sourceType} = 'external_line' THEN 'outbound'
    WHEN coalesce(${column.sourceType}, '') = '' THEN 'unknown' ELSE 'internal' END`;
}

export function answeredSql({ column }: RecordTable): string {
  const human = HUMAN_TYPES.map(type => `'${type}'`).join(', ');
  return `coalesce(${column.answeredAt} IS NOT NULL AND ${column.destinationType} IN (${human}), false)`;
}

export function legOf(row: TextRow): Leg {
  const get = (field: Field): string | null => row[INDEX.get(field) ?? -1] ?? null;
  const text = (field: Field): string => get(field) ?? '';
  const startedKey = text('startedAt');
  const startedAt = isoTime(startedKey);
  if (startedAt === null) throw unreadable('a start');
  const sourceType = text('sourceType');
  const destinationType = text('destinationType');
  const isIncoming = sourceType === 'external_line' && get('isIncoming') !== 'f';
  const isHuman = HUMAN_TYPES.includes(destinationType);
  const destination = endOf(destinationType, [
    text('destinationDn'),
    text('destinationNumber'),
    text('destinationName') || text('destinationDnName'),
  ]);
  const did = text('sourceDid') || (destinationType === 'inbound_routing' ? destination.number : '');
  return {
    id: text('id'),
    callId: text('callId'),
    startedKey,
    startedAt,
    answeredAt: isHuman ? isoTime(get('answeredAt')) : null,
    endedAt: isoTime(get('endedAt')),
    direction: directionOf({ sourceType, destinationType, isIncoming }),
    source: endOf(sourceType, [
      text('sourceDn'),
      text('sourceNumber'),
      isIncoming ? ownName(text('sourceName')) : text('sourceName') || text('sourceDnName'),
    ]),
    destination,
    did: did === '' ? null : did,
    queue: QUEUE_TYPES.includes(destinationType) ? destination.dn : null,
    continuedIn: get('continuedIn'),
    endReason: endReasonOf(text('terminationReason'), text('terminationDetails')),
  };
}

/** To milliseconds, which is what JSON and JavaScript's clocks tell; null for what is no time, as `infinity`. */
export function isoTime(text: string | null): string | null {
  const [, day, time, fraction = ''] = SERVER_TIME.exec(text ?? '') ?? [];
  return day === undefined ? null : `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}

function directionOf(side: {
  sourceType: string;
  destinationType: string;
  isIncoming: boolean;
}): HistoryRecord['direction'] {
  if (side.isIncoming) return 'inbound';
  // 3CX: an outside line that did not come in is the far end of an outbound call that was transferred.
  if (OUTSIDE_TYPES.includes(side.destinationType) || side.sourceType === 'external_line') return 'outbound';
  return side.sourceType === '' ? 'unknown' : 'internal';
}

function endOf(type: string, [dn, number, name]: [string, string, string]): End {
  return { dn, number: number === '' ? dn : number, name: name.trim(), isOutside: type === 'external_line' };
}

/** 3CX: on inbound rows the name begins with the labels of the rules that took the call in, each closed by a colon. */
function ownName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1);
}

function endReasonOf(reason: string, details: string): string {
  return details === '' || details === 'none' ? reason : `${reason}/${details}`;
}

function unreadable(what: string): AppError {
  const detail = `The PBX's database gave a record with ${what} that is no time. Please report this with the PBX's version.`;
  return new AppError('E_UPSTREAM', { detail });
}
