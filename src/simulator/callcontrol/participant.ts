import { createHash } from 'node:crypto';
import type { Leg } from '../exchange/call.ts';
import type { Directory, Dn, DnKind } from '../exchange/directory.ts';
import { displayName, type Party } from '../exchange/party.ts';
import type { Knobs } from '../knobs.ts';

/** What call control says of one leg, in its own words: 18 fields, one more on newer builds. */
export interface Participant {
  id: number;
  status: string;
  dn: string;
  party_caller_name: string;
  party_dn: string;
  party_caller_id: string;
  party_did: string;
  device_id: string;
  party_dn_type: string;
  direct_control: boolean;
  originated_by_dn: string;
  originated_by_type: string;
  referred_by_dn: string;
  referred_by_type: string;
  on_behalf_of_dn: string;
  on_behalf_of_type: string;
  callid: number;
  legid: number;
  participant_uid?: string;
}

const WIRE_TYPES: Record<DnKind | 'router', string> = {
  extension: 'Wextension',
  queue: 'Wqueue',
  ringGroup: 'Wringgroup',
  ivr: 'Wivr',
  script: 'Wroutepoint',
  voicemail: 'Wspecialmenu',
  routePoint: 'Wroutepoint',
  trunk: 'Wexternalline',
  router: 'Wroutepoint',
};

/** Desk phones that speak uaCSTA can be told to answer; apps cannot. */
const UACSTA_DEVICE = /^(Yealink|Snom)/;

export function wireType(kind: DnKind | 'router'): string {
  return WIRE_TYPES[kind];
}

export function participantOf(leg: Leg, directory: Directory, knobs: Knobs): Participant {
  const { own, other } = leg;
  const dn = directory.find(own.dn);
  const referredBy = knobs.hints ? leg.referredBy : null;
  const onBehalfOf = knobs.hints ? leg.onBehalfOf : null;
  return {
    id: leg.id,
    status: leg.status,
    dn: own.dn,
    party_caller_name: displayName(other),
    party_dn: other.dn,
    party_caller_id: other.phoneNumber === '' ? other.dn : other.phoneNumber,
    party_did: knobs.partyDid ? other.did : '',
    device_id: dn && 'deviceId' in dn ? String(dn.deviceId) : '',
    party_dn_type: wireType(other.kind),
    direct_control: hasDirectControl(dn),
    originated_by_dn: leg.originatedBy,
    originated_by_type: leg.originatedBy === '' ? 'None' : 'Wroutepoint',
    ...hint('referred_by', referredBy),
    ...hint('on_behalf_of', onBehalfOf),
    callid: leg.callId,
    legid: leg.legId,
    ...(knobs.participantUid && { participant_uid: uidOf(own) }),
  };
}

export function hasDirectControl(dn: Dn | undefined): boolean {
  if (dn?.kind === 'routePoint') return true;
  return dn !== undefined && 'userAgent' in dn && UACSTA_DEVICE.test(String(dn.userAgent));
}

function hint<Name extends 'referred_by' | 'on_behalf_of'>(
  name: Name,
  party: Party | null,
): Record<`${Name}_dn` | `${Name}_type`, string> {
  const fields = { [`${name}_dn`]: party?.dn ?? '', [`${name}_type`]: party ? wireType(party.kind) : 'None' };
  return fields as Record<`${Name}_dn` | `${Name}_type`, string>;
}

function uidOf(party: Party): string {
  return createHash('sha256').update(party.participantId).digest('hex').slice(0, 32);
}
