import { EVENT_TYPE } from '../callcontrol/frame.ts';
import type { Participant } from '../callcontrol/participant.ts';
import type { CallRecord } from '../exchange/call-record.ts';
import type { Story } from './story.ts';
import { STORY_START_MS, type Telling, type ToldFrame } from './telling.ts';

const FRAME_NAMES: Record<number, string> = {
  [EVENT_TYPE.upsert]: 'upsert',
  [EVENT_TYPE.remove]: 'remove',
  [EVENT_TYPE.dtmf]: 'dtmf',
};

/** A telling as a page that a person can read; the expected pages are compared with it letter by letter. */
export function tellingText(story: Story, telling: Telling): string {
  const names = new Map(
    telling.records
      .map(({ record }) => record.cdr_id)
      .toSorted()
      .map((id, index) => [id, `r${index + 1}`]),
  );
  return [
    `${story.name}: ${story.title}`,
    section(
      'Steps',
      story.steps.map(({ at, ...action }) => `${seconds(at)}  ${actionLine(action)}`),
    ),
    section('Frames', telling.frames.map(frameLine)),
    section(
      'Participants on monitored phones',
      changesOnly(
        telling.participants.map(({ at, participants }) => ({
          at,
          line: participants.map(participantWords).join(' | '),
        })),
      ),
    ),
    section(
      'Active calls',
      changesOnly(
        telling.activeCalls.map(({ at, calls }) => ({
          at,
          line: calls.map(call => `${call.Id}: ${call.Caller} > ${call.Callee} ${call.Status}`).join(' | '),
        })),
      ),
    ),
    section(
      'Records',
      telling.records
        .toSorted((a, b) => (a.record.cdr_id < b.record.cdr_id ? -1 : 1))
        .map(({ record, callId }) => recordLine(record, callId, names)),
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(title: string, lines: string[]): string {
  return [title, ...lines.map(line => `  ${line}`)].join('\n');
}

function seconds(at: number): string {
  return at.toFixed(3).padStart(9);
}

function actionLine(action: Record<string, unknown>): string {
  const { do: name, ...details } = action;
  const words = Object.entries(details).map(([key, value]) => `${key}=${String(value)}`);
  return [name, ...words].join(' ');
}

function frameLine(frame: ToldFrame): string {
  const name = (FRAME_NAMES[frame.eventType] ?? String(frame.eventType)).padEnd(6);
  const detail = frame.participant ? participantWords(frame.participant) : `${frame.dn}/${frame.id}`;
  return `${seconds(frame.at)}  ${name}  ${detail}${frame.digits === undefined ? '' : ` digits ${frame.digits}`}`;
}

function participantWords(one: Participant): string {
  const party = [one.party_dn, one.party_caller_id, one.party_caller_name].filter(
    (word, index, all) => all.indexOf(word) === index,
  );
  return `${one.dn}/${one.id} ${one.status} call ${one.callid} leg ${one.legid} with ${party.join(' ')}`;
}

function changesOnly(moments: { at: number; line: string }[]): string[] {
  return moments
    .filter(({ line }, index) => line !== (moments[index - 1]?.line ?? ''))
    .map(({ at, line }) => `${seconds(at)}  ${line === '' ? '-' : line}`);
}

function recordLine(record: CallRecord, callId: number, names: Map<string, string>): string {
  const name = (id: string | null): string => (id === null ? '-' : (names.get(id) ?? '?'));
  const time = (at: Date | null): string =>
    (at === null ? '-' : ((at.getTime() - STORY_START_MS) / 1000).toFixed(3)).padStart(9);
  return [
    name(record.cdr_id).padEnd(3),
    `call ${callId}`,
    `${record.source_entity_type} ${record.source_dn_number} > ${record.destination_entity_type} ${record.destination_dn_number}`.padEnd(
      58,
    ),
    `${record.creation_method}/${record.creation_forward_reason}`.padEnd(20),
    `from ${time(record.cdr_started_at)} answered ${time(record.cdr_answered_at)} to ${time(record.cdr_ended_at)}`,
    `${record.termination_reason}/${record.termination_reason_details}`.padEnd(50),
    `history ${record.call_history_id.slice(-4)} main ${record.main_call_history_id.slice(-4)}`,
    `originating ${name(record.originating_cdr_id)} next ${name(record.continued_in_cdr_id)} base ${name(record.base_cdr_id)}`,
  ].join('  ');
}
