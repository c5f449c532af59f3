import type { HistoryQuery } from '../../src/daemon/core/ports.ts';
import type { HistoryRig } from './history-rig.ts';

/** A row as the database gives it; what the oracle needs of it. */
interface Row {
  cdr_id: string;
  main_call_history_id: string;
  source_entity_type: string;
  source_dn_number: string;
  source_participant_phone_number: string;
  source_participant_is_incoming: boolean;
  destination_entity_type: string;
  destination_dn_number: string;
  destination_participant_phone_number: string;
  cdr_answered_at: Date | null;
  key: string;
  ms: number;
}

/** Everything there is, read in one plain question: what pages and exports are held against. */
export function allRows(rig: HistoryRig): Promise<Row[]> {
  return rig.asPbx(async client => {
    await client.query("SET timezone = 'UTC'");
    const { rows } = await client.query<Row>(
      `SELECT *, cdr_started_at::text || '/' || cdr_id AS key, extract(epoch FROM cdr_started_at)::float8 * 1000 AS ms
       FROM cdroutput ORDER BY cdr_started_at, cdr_id`,
    );
    return rows;
  });
}

/** The ids that a walk has to give, in their order, found in the most simple-minded way. */
export function expectedIds(rows: readonly Row[], query: HistoryQuery): string[] {
  const groups = Map.groupBy(rows, row => (query.group === 'legs' ? row.cdr_id : row.main_call_history_id));
  const wanted = [...groups].filter(([, legs]) => isWanted(legs, query));
  const key = (id: string, legs: Row[]): string => `${legs[0]?.key.split('/')[0]}/${id}`;
  return wanted.toSorted(([a, one], [b, other]) => (key(a, one) < key(b, other) ? 1 : -1)).map(([id]) => id);
}

function isWanted(legs: readonly Row[], query: HistoryQuery): boolean {
  const [first] = legs;
  if (!first || first.ms < query.start || first.ms >= query.end) return false;
  const touches = (dns: readonly string[]): boolean =>
    legs.some(leg => dns.includes(leg.source_dn_number) || dns.includes(leg.destination_dn_number));
  const { number, extension, queue, onlyDns, direction, answered } = query;
  if (extension !== undefined && !touches([extension])) return false;
  if (onlyDns !== undefined && !touches(onlyDns)) return false;
  if (queue !== undefined && !legs.some(leg => leg.destination_dn_number === queue && isQueue(leg)))
    return false;
  if (number !== undefined && !legs.some(leg => hasNumber(leg, number))) return false;
  if (direction !== undefined && directionOf(first) !== direction) return false;
  const isAnswered = legs.some(
    leg => leg.cdr_answered_at && ['extension', 'external_line'].includes(leg.destination_entity_type),
  );
  return answered === undefined || answered === isAnswered;
}

function isQueue(leg: Row): boolean {
  return leg.destination_entity_type === 'queue' || leg.destination_entity_type.startsWith('ring_group');
}

function hasNumber(leg: Row, number: string): boolean {
  const digits = number.replace(/\D/g, '');
  const numbers = [leg.source_participant_phone_number, leg.destination_participant_phone_number];
  const isFound = numbers
    .map(text => text.replace(/\D/g, ''))
    .some(text => (digits.length < 7 ? text === digits : text.endsWith(digits)));
  return isFound || leg.source_dn_number === number || leg.destination_dn_number === number;
}

function directionOf(leg: Row): string {
  if (leg.source_entity_type === 'external_line' && leg.source_participant_is_incoming) return 'inbound';
  const isOut = ['external_line', 'outbound_rule'].includes(leg.destination_entity_type);
  return isOut || leg.source_entity_type === 'external_line' ? 'outbound' : 'internal';
}
