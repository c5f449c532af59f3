import type { Call } from '../exchange/call.ts';
import type { Party } from '../exchange/party.ts';
import type { RowOf } from './entities.ts';
import { isoTime } from './iso-text.ts';

export type ActiveCall = RowOf<'ActiveCall'>;

/** The row of ActiveCalls: one a call, changed in place, so the callee is first the queue and later the agent. */
export function activeCall(call: Call, now: number): ActiveCall {
  return {
    Id: call.id,
    Caller: shown(call.caller),
    Callee: shown(call.head.destination),
    Status: call.status,
    LastChangeStatus: isoTime(call.changedAt),
    EstablishedAt: call.establishedAt === null ? null : isoTime(call.establishedAt),
    ServerNow: isoTime(now),
  };
}

/** 3CX: number, space, name; somebody outside is the trunk's number, then his own. */
function shown(party: Party): string {
  const name = party.kind === 'trunk' ? party.phoneNumber : party.dnName;
  return name === '' || name === party.dn ? party.dn : `${party.dn} ${name}`;
}
