import type { CallRecord, EntityType, TerminationReason } from '../exchange/call-record.ts';
import type { CdrField, CdrFieldName } from './cdr-settings.ts';

export interface ToldRecord {
  /** The segment the line is about, and the records of the same call that were written before it. */
  record: CallRecord;
  earlier: readonly CallRecord[];
  callId: number;
}

interface LineFormat {
  fields: readonly CdrField[];
  isFixedWidth: boolean;
}

const SECOND_MS = 1000;
const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;

/** 3CX: the words of the CDR service are the old ones, not those of the database. */
const REASONS: Record<TerminationReason, string> = {
  src_participant_terminated: 'TerminatedBySrc',
  dst_participant_terminated: 'TerminatedByDst',
  continued_in: 'Replaced',
  redirected: 'Redirected',
  rejected: 'Rejected',
  cancelled: 'Cancelled',
};

const TYPES: Record<EntityType, string> = {
  extension: 'Extension',
  external_line: 'LineSet',
  inbound_routing: 'InboundRule',
  outbound_rule: 'OutboundRule',
  queue: 'Queue',
  ring_group_ring_all: 'RingGroup',
  ivr: 'IVR',
  script: 'Script',
  voicemail: 'VMail',
  service_call: 'Service',
};

/** One function for each column. A column about what comes after this segment stays empty when the call goes on. */
const COLUMNS: Record<CdrFieldName, (told: ToldRecord) => string> = {
  historyid: ({ callId }) => `Call ${callId}`,
  callid: ({ record }) => record.call_history_id,
  duration: ({ record }) => durationText(talkSeconds(record)),
  'time-start': ({ record }) => moment(record.cdr_started_at),
  'time-answered': ({ record }) => moment(record.cdr_answered_at),
  'time-end': ({ record }) => moment(record.cdr_ended_at),
  'reason-terminated': ({ record }) => REASONS[record.termination_reason],
  'from-no': ({ record }) => shownNumber(record, 'source'),
  'to-no': ({ record }) => shownNumber(record, 'destination'),
  'from-dn': ({ record }) => record.source_dn_number,
  'to-dn': ({ record }) => record.destination_dn_number,
  'dial-no': ({ record, earlier }) => dialled(earlier[0] ?? record),
  'reason-changed': ({ record }) => reasonChanged(record),
  'final-number': ({ record }) => (isFinal(record) ? shownNumber(record, 'destination') : ''),
  'final-dn': ({ record }) => (isFinal(record) ? record.destination_dn_number : ''),
  'bill-code': () => '',
  'bill-rate': () => '',
  'bill-cost': () => '',
  'bill-name': () => '',
  chain: told =>
    `Chain: ${chain(told)
      .map(place => `${place};`)
      .join('')}`,
  'from-type': ({ record }) => TYPES[record.source_entity_type],
  'to-type': ({ record }) => TYPES[record.destination_entity_type],
  'final-type': ({ record }) => (isFinal(record) ? TYPES[record.destination_entity_type] : ''),
  'from-dispname': ({ record }) => record.source_participant_name,
  'to-dispname': ({ record }) => record.destination_participant_name,
  'final-dispname': ({ record }) => (isFinal(record) ? record.destination_participant_name : ''),
  'missed-queue-calls': ({ earlier }) => missedAgents(earlier).join(';'),
};

/** The line of one segment, without its line ending. */
export function recordLine(told: ToldRecord, { fields, isFixedWidth }: LineFormat): string {
  const values = fields.map(({ Name, Length }) => {
    const value = withoutDelimiters(COLUMNS[Name](told));
    if (Length === null || Length === 0) return value;
    return isFixedWidth ? value.slice(0, Length).padEnd(Length) : value.slice(0, Length);
  });
  // 3CX: how lines look without commas is unknown; columns of a fixed width are the only readable way.
  return values.join(isFixedWidth ? '' : ',');
}

/**
 * 3CX: whether a comma inside a value is quoted is unknown. Names hold one ("Test, Ada"), so a reader that only
 * splits at commas would break: it is left out here, and so are line breaks.
 */
function withoutDelimiters(value: string): string {
  return value.replaceAll(/,|[\r\n]+/g, ' ').replaceAll(/ {2,}/g, ' ');
}

function shownNumber(record: CallRecord, side: 'source' | 'destination'): string {
  const dn = record[`${side}_dn_number`];
  if (record[`${side}_entity_type`] !== 'external_line') return `Ext.${dn}`;
  return record[`${side}_participant_phone_number`] || dn;
}

function dialled(first: CallRecord): string {
  const isOutside = first.destination_entity_type === 'external_line';
  return isOutside ? first.destination_participant_phone_number : first.destination_dn_number;
}

function reasonChanged(record: CallRecord): string {
  if (record.continued_in_cdr_id === null) return '';
  return record.terminated_by_participant_id === record.source_participant_id ? 'ReplacedSrc' : 'ReplacedDst';
}

function isFinal(record: CallRecord): boolean {
  return record.continued_in_cdr_id === null;
}

/** The caller, then each place on the way here, as far as its record has been written; rules are no places. */
function chain({ record, earlier }: ToldRecord): string[] {
  const byId = new Map(earlier.map(one => [one.cdr_id, one]));
  const way = [record];
  for (
    let previous = byId.get(record.originating_cdr_id ?? '');
    previous;
    previous = byId.get(previous.originating_cdr_id ?? '')
  ) {
    byId.delete(previous.cdr_id);
    way.unshift(previous);
  }
  const places = way.filter(({ destination_entity_type: type }) => type !== 'inbound_routing');
  return [shownNumber(way[0] ?? record, 'source'), ...places.map(place => shownNumber(place, 'destination'))];
}

function missedAgents(earlier: readonly CallRecord[]): string[] {
  return earlier
    .filter(({ creation_forward_reason: why, cdr_answered_at: at }) => why === 'polling' && at === null)
    .map(({ destination_dn_number: dn }) => dn);
}

function talkSeconds({ cdr_answered_at: answeredAt, cdr_ended_at: endedAt }: CallRecord): number {
  return answeredAt === null ? 0 : Math.floor((endedAt.getTime() - answeredAt.getTime()) / SECOND_MS);
}

function durationText(seconds: number): string {
  const hours = Math.floor(seconds / HOUR_SECONDS);
  const minutes = Math.floor((seconds % HOUR_SECONDS) / MINUTE_SECONDS);
  return [hours, minutes, seconds % MINUTE_SECONDS].map(part => String(part).padStart(2, '0')).join(':');
}

/** `2025/10/14 09:30:58`, UTC; empty for what did not happen. */
function moment(time: Date | null): string {
  return time === null ? '' : time.toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ');
}
