import type { Call } from '../call.ts';
import type { AgentBody, LinkBody } from '../journal-entry.ts';
import { clean } from './cells.ts';
import { partyText } from './party-text.ts';
import { localTime } from './time.ts';

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

/** 3CX: what an event is, by number. */
const EVENT_TYPES = ['changed', 'removed', 'key pressed', 'prompt ended', 'answer'];

export interface EntryTold {
  what: string;
  id: string;
  from: string;
  to: string;
  state: string;
}

/** What an entry is about, in a few words each. */
export function toldOf({ type, data }: LogEntry): EntryTold {
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
export function gapText({ scope, from, to, detail = '' }: LogEntry): string {
  if (scope === 'source') {
    const times = `from ${localTime(from ?? null) ?? 'an unknown time'} to ${localTime(to ?? null) ?? 'now'}`;
    return clean(`The phone system was not heard ${times}: what happened then may be missing. ${detail}`);
  }
  const entries = from === null || from === undefined ? `Entries up to ${to}` : `Entries ${from} to ${to}`;
  return clean(`${entries} cannot be had any more. ${detail}`);
}
