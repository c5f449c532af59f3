import type { LoggedRecord } from '../exchange/call-log.ts';
import type { CallRecord, EntityType } from '../exchange/call-record.ts';
import type { RowOf } from './entities.ts';
import { isoDuration, isoTime } from './iso-text.ts';

interface Selection {
  from: number;
  to: number;
  /** Without the rows of agents who rang and did not answer. */
  hidePolled: boolean;
  /** No report is longer; what it loses are the oldest rows. */
  rowsMax: number;
}

interface Placed {
  entry: LoggedRecord;
  segmentId: number;
  direction: 'Inbound' | 'Outbound' | 'Internal';
  successor: CallRecord | undefined;
}

/** 3CX: 0 and 1 are sure, 5 to 7 and 13 are told differently by different sources, the rest is unknown. */
const TYPE_CODES: Record<EntityType, number> = {
  extension: 0,
  external_line: 1,
  ring_group_ring_all: 2,
  voicemail: 5,
  ivr: 6,
  queue: 7,
  script: 8,
  service_call: 12,
  inbound_routing: 13,
  outbound_rule: 13,
};
const ACTION_ENDED = 1;
const ACTION_FORWARDED = 2;

/** Rows of GetCallLogData, newest first. Several rows make one call: those that share MainCallHistoryId. */
export function callLogData(log: readonly LoggedRecord[], selection: Selection): RowOf<'CallLogData'>[] {
  const { from, to, hidePolled, rowsMax } = selection;
  const isInPeriod = ({ record }: LoggedRecord) => {
    const startedAt = record.cdr_started_at.getTime();
    return startedAt >= from && startedAt <= to;
  };
  const calls = new Set(log.filter(isInPeriod).map(({ record }) => record.main_call_history_id));
  // A call that began before the period is numbered from its real first row all the same.
  const whole = log.filter(({ record }) => calls.has(record.main_call_history_id));
  return placed(whole)
    .filter(({ entry }) => isInPeriod(entry))
    .filter(({ entry }) => !hidePolled || !isVainAttempt(entry.record))
    .toReversed()
    .slice(0, rowsMax)
    .map(rowOf);
}

/** A person took the call: queues, menus and rules are answered too, but by the PBX. */
function isAnsweredByHuman(record: CallRecord): boolean {
  const type = record.destination_entity_type;
  return record.cdr_answered_at !== null && (type === 'extension' || type === 'external_line');
}

function isVainAttempt(record: CallRecord): boolean {
  return record.creation_forward_reason === 'polling' && record.cdr_answered_at === null;
}

/** In the order the segments began, each with its number within its call. */
function placed(log: readonly LoggedRecord[]): Placed[] {
  const sorted = log.toSorted((a, b) => before(a.record, b.record));
  const byId = new Map(log.map(({ record }) => [record.cdr_id, record]));
  const segments = new Map<string, number>();
  const directions = new Map<string, Placed['direction']>();
  return sorted.map(entry => {
    const { record } = entry;
    const segmentId = (segments.get(record.main_call_history_id) ?? 0) + 1;
    segments.set(record.main_call_history_id, segmentId);
    const direction = directions.get(record.call_history_id) ?? directionOf(record);
    directions.set(record.call_history_id, direction);
    return { entry, segmentId, direction, successor: byId.get(record.continued_in_cdr_id ?? '') };
  });
}

/** Ids begin with the time and go on with a counter, so they order what began in the same millisecond. */
function before(a: CallRecord, b: CallRecord): number {
  const difference = a.cdr_started_at.getTime() - b.cdr_started_at.getTime();
  if (difference !== 0) return difference;
  return a.cdr_id < b.cdr_id ? -1 : 1;
}

/** Of the first row of a call. */
function directionOf(first: CallRecord): Placed['direction'] {
  if (first.source_entity_type === 'external_line' && first.source_participant_is_incoming) return 'Inbound';
  const isOut = ['external_line', 'outbound_rule'].includes(first.destination_entity_type);
  return isOut ? 'Outbound' : 'Internal';
}

function rowOf({ entry, segmentId, direction, successor }: Placed): RowOf<'CallLogData'> {
  const { record, callId } = entry;
  const isAnswered = isAnsweredByHuman(record);
  const startedAt = record.cdr_started_at.getTime();
  const endedAt = record.cdr_ended_at.getTime();
  const answeredAt = isAnswered ? (record.cdr_answered_at?.getTime() ?? endedAt) : endedAt;
  const source = sideOf(record, 'source');
  const destination = sideOf(record, 'destination');
  const actor = actorOf(record, successor);
  return {
    CdrId: record.cdr_id,
    CallHistoryId: record.call_history_id,
    MainCallHistoryId: record.main_call_history_id,
    CallId: callId,
    SegmentId: segmentId,
    Indent: segmentId === 1 ? 0 : 1,
    SubrowDescNumber: null,
    StartTime: isoTime(startedAt),
    RingingDuration: isoDuration(answeredAt - startedAt),
    TalkingDuration: isAnswered ? isoDuration(endedAt - answeredAt) : null,
    SourceType: source.type,
    SourceDn: source.dn,
    SourceCallerId: source.number,
    SourceDisplayName: source.name,
    DestinationType: destination.type,
    DestinationDn: destination.dn,
    DestinationCallerId: destination.callerId,
    DestinationDisplayName: destination.name,
    ActionType: successor ? ACTION_FORWARDED : ACTION_ENDED,
    ActionDnType: actor?.type ?? null,
    actionDnDn: actor?.dn ?? null,
    ActionDnCallerId: actor?.callerId ?? null,
    ActionDnDisplayName: actor?.name ?? null,
    Answered: isAnswered,
    Status: isAnswered ? 'Answered' : 'Unanswered',
    Direction: direction,
    CallType: 'Call',
    Reason: reasonOf(record, successor, actor),
    CallCost: 0,
    QualityReport: false,
    SrcRecId: null,
    DstRecId: null,
    RecordingUrl: null,
    Transcription: null,
    Summary: null,
    SentimentScore: null,
  };
}

interface Side {
  type: number;
  dn: string;
  number: string;
  /** 3CX: the column of a destination shows extensions as Ext.101. */
  callerId: string;
  name: string;
}

function sideOf(record: CallRecord, side: 'source' | 'destination'): Side {
  const type = record[`${side}_entity_type`];
  const dn = record[`${side}_dn_number`];
  const name = record[`${side}_participant_name`];
  const phoneNumber = record[`${side}_participant_phone_number`];
  const number = phoneNumber === '' ? dn : phoneNumber;
  // An inbound party's name begins with the label of the rule that took the call in.
  const ownName = record[`${side}_participant_is_incoming`] ? name.slice(name.indexOf(':') + 1) : name;
  return {
    type: TYPE_CODES[type],
    dn,
    number,
    callerId: type === 'extension' ? `Ext.${dn}` : number,
    name: ownName === '' ? number : ownName,
  };
}

/** Where the call went on, or who ended it. */
function actorOf(record: CallRecord, successor: CallRecord | undefined): Side | null {
  if (successor) return sideOf(successor, 'destination');
  const by = record.terminated_by_participant_id;
  if (by === null) return null;
  return sideOf(record, by === record.destination_participant_id ? 'destination' : 'source');
}

/** 3CX: the PBX's own wording is unknown but for "Terminated by". */
function reasonOf(record: CallRecord, successor: CallRecord | undefined, actor: Side | null): string {
  if (actor && successor) return `Forwarded to ${actor.callerId}`;
  if (actor) return `Terminated by ${actor.callerId}`;
  return `${record.termination_reason} (${record.termination_reason_details})`;
}
