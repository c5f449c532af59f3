import type { Call } from '../../../shared/call.ts';
import type { AgentBody, LinkBody } from '../../../shared/journal-entry.ts';
import { type Cell, cellText, clean } from '../../output/answer.ts';
import type { Style } from '../../output/style.ts';
import { isoTime, localTime } from '../../output/time.ts';
import { cut } from '../../output/wrap.ts';
import { partyText } from '../calls/party-text.ts';

/** An entry of the log as programs get it, or a gap that concerns only who listens here. */
export interface LogEntry {
  type: string;
  seq?: number;
  time?: number;
  source?: string;
  data?: unknown;
  scope?: string;
  reason?: string;
  from?: number | null;
  to?: number | null;
  detail?: string;
}

const ID_SHOWN = 6;
const WHAT_WIDTH = 16;
/** Month to second: the year is known. */
const YEAR_CHARS = 5;

/** 3CX: what an event is, by number. */
const EVENT_TYPES = ['changed', 'removed', 'key pressed', 'prompt ended', 'answer'];

interface Told {
  what: string;
  id: string;
  from: string;
  to: string;
  state: string;
}

/** One line, never longer than the terminal is wide; a gap may take more and cannot be overlooked. */
export function entryLine(entry: LogEntry, style: Style): string {
  const time = (localTime(entry.time ?? Date.now()) ?? '').slice(YEAR_CHARS);
  if (entry.type === 'gap') return style.bad(style.bold(`${time}  GAP  ${gapText(entry)}`));
  const { what, id, from, to, state } = toldOf(entry);
  const ends = [from, to].filter(end => end !== '').join(' → ');
  const lead = `${time}  ${what.padEnd(WHAT_WIDTH)}  `;
  const rest = [id.slice(-ID_SHOWN).padEnd(id === '' ? 0 : ID_SHOWN), ends, state].filter(
    part => part !== '',
  );
  return lead + cut(rest.join('  '), Math.max(20, style.width - lead.length));
}

/** seq, time, type, source, what, id, from, to, state. */
export function entryRow(entry: LogEntry): string {
  const { type, seq = null, time = null, source = null } = entry;
  const told = type === 'gap' ? { what: gapText(entry), id: '', from: '', to: '', state: '' } : toldOf(entry);
  const { what, id, from, to, state } = told;
  const cells: Cell[] = [seq, isoTime(time), type, source, what, id, from, to, state];
  return cells.map(cell => (cell === null || cell === '' ? '' : cellText(cell))).join('\t');
}

function toldOf({ type, data }: LogEntry): Told {
  switch (type) {
    case 'call': {
      const { change, call } = data as { change: string; call: Call };
      const { id, from, to, queue, state, endReason } = call;
      const through = queue === null || queue === to?.dn ? '' : ` (${queue})`;
      const end = endReason === null ? state : `${state}: ${endReason}`;
      return { what: change, id, from: partyText(from), to: partyText(to) + through, state: end };
    }
    case 'agent': {
      const { dn, name, queueStatus, profile } = data as AgentBody;
      return { what: type, id: '', from: `${dn} ${name}`, to: '', state: `${queueStatus}, ${profile}` };
    }
    case 'link': {
      const { component, state, reason } = data as LinkBody;
      return { what: type, id: '', from: component, to: '', state: reason ? `${state}: ${reason}` : state };
    }
    default:
      return { what: type, id: '', from: '', to: '', state: eventText(data) };
  }
}

/** An event in the words of 3CX: what it is about. What has another form is shown as it is. */
function eventText(data: unknown): string {
  const { event } = (data ?? {}) as {
    event?: { event_type?: unknown; entity?: unknown; attached_data?: object };
  };
  if (typeof event?.entity !== 'string') return JSON.stringify(data);
  const { event_type: type, entity, attached_data: attached } = event;
  const status = attached && 'status' in attached ? ` ${attached.status}` : '';
  return `${EVENT_TYPES[Number(type)] ?? type} ${entity}${status}`;
}

/** What is missing, and what that means. */
function gapText({ scope, from, to, detail = '' }: LogEntry): string {
  if (scope === 'source') {
    const times = `from ${localTime(from ?? null) ?? 'an unknown time'} to ${localTime(to ?? null) ?? 'now'}`;
    return clean(`The phone system was not heard ${times}: what happened then may be missing. ${detail}`);
  }
  const entries = from === null || from === undefined ? `Entries up to ${to}` : `Entries ${from} to ${to}`;
  return clean(`${entries} cannot be had any more. ${detail}`);
}
