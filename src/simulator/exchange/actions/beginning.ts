import { isTrunk } from '../directory.ts';
import { findDid, outsideParty, routerParty } from '../party.ts';
import type { Switchboard } from '../switchboard.ts';
import type { ActionOf } from './action.ts';
import { ring } from './routing.ts';

export function dialIn(switchboard: Switchboard, action: ActionOf<'dialIn'>): boolean {
  const inbound = findDid(switchboard.directory, action.did);
  if (!inbound || switchboard.calls.has(action.call)) return false;
  const { trunk, did } = inbound;
  const caller = outsideParty({
    participantId: switchboard.newParticipantId(),
    trunk,
    number: action.from,
    ...(action.name !== undefined && { name: action.name }),
    did,
  });
  const router = routerParty(did, switchboard.newParticipantId());
  const call = switchboard.openCall(action.call, {
    source: caller,
    destination: router,
    method: 'call_init',
  });
  switchboard.addLeg(call, { own: caller, other: router, status: 'Dialing' });
  return true;
}

export function dial(switchboard: Switchboard, action: ActionOf<'dial'>): boolean {
  const by = switchboard.directory.find(action.by);
  // Whoever is not of the company comes in over a trunk: that is dialIn.
  if (!by || isTrunk(by) || switchboard.calls.has(action.call)) return false;
  const source = switchboard.party(action.by);
  const destination = switchboard.party(action.to);
  const call = switchboard.openCall(action.call, { source, destination, method: 'call_init' });
  if (destination.kind === 'trunk') switchboard.setStatus(call, 'Dialing');
  switchboard.addLeg(call, { own: source, other: destination, status: 'Dialing' });
  ring(switchboard, call, call.head);
  return true;
}
