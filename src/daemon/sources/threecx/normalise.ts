import type { LegState, Party, PartyKind } from '../../../shared/call.ts';
import type { Draft } from '../../../shared/journal-entry.ts';
import type { LegFact, ListedCall } from '../../core/call-fact.ts';
import type { ActiveCall, Participant, User } from './messages.ts';
import { SOURCE_NAME } from './options.ts';

/** What is known of a number besides what a message says. */
export interface KnownDn {
  kind: PartyKind;
  name: string;
}
export type DnLookup = (dn: string) => KnownDn | undefined;

/** What was seen of this leg before. */
export interface LegPast {
  role: LegFact['role'];
  state: LegState;
}

/**
 * Stands for "some number, we cannot tell which": a frame that names none must not reach clients who may see only
 * certain numbers.
 */
const UNKNOWN_DN = '?';

const KINDS: Record<string, PartyKind> = {
  wextension: 'extension',
  wexternalline: 'trunk',
  wqueue: 'queue',
  wringgroup: 'group',
  wroutepoint: 'routepoint',
  wivr: 'menu',
  wspecialmenu: 'voicemail',
  wparking: 'parking',
  wsharedparking: 'parking',
  wconference: 'conference',
};
const STATES: Record<string, LegState> = { dialing: 'dialing', ringing: 'ringing', connected: 'connected' };
const PARTICIPANT_ENTITY = /^\/callcontrol\/([^/]+)\/participants\/(\d+)$/i;
const DN_ENTITY = /^\/callcontrol\/([^/]+)(?:\/|$)/i;
/** 3CX: trunks are numbered from 10000. */
const TRUNK_DN = /^1\d{4}$/;
const OUTSIDE_NUMBER = /^(\+?\d{3,}|anonymous|unavailable|unknown|restricted|private)$/i;
const VOICEMAIL_NAME = /^voice ?mail\b/i;
const INBOUND_ROUTER = 'ROUTER';

/** The event as it came, and whom it concerns. */
export function draftOfFrame({
  text,
  entity,
  time,
}: {
  text: string;
  entity: string | null;
  time: number;
}): Draft {
  const dn = entity === null ? null : dnOfEntity(entity);
  return { time, type: 'call_event', source: SOURCE_NAME, dns: [dn ?? UNKNOWN_DN], body: text };
}

function dnOfEntity(entity: string): string | null {
  const raw = DN_ENTITY.exec(entity)?.[1];
  return raw === undefined ? null : decoded(raw);
}

/** One spelling for one leg, however the entity was written. */
export function legOfEntity(entity: string): { dn: string; id: number } | null {
  const [, dn, id] = PARTICIPANT_ENTITY.exec(entity) ?? [];
  return dn === undefined || id === undefined ? null : { dn: decoded(dn), id: Number(id) };
}

export function kindOfType(type: string): PartyKind {
  return KINDS[type.toLowerCase()] ?? 'unknown';
}

/** `unknownStatus` is set when 3CX used a word we do not know; the leg then keeps its last known state. */
export function legFactOf(
  participant: Participant,
  { lookup, past }: { lookup: DnLookup; past: LegPast | undefined },
): { leg: LegFact; unknownStatus: string | null } {
  const { id, dn, callid, status, party_did: did, on_behalf_of_dn: behalf } = participant;
  const known = lookup(dn);
  const state = STATES[status.toLowerCase()];
  const isForQueue = behalf !== '' && kindOfType(participant.on_behalf_of_type) === 'queue';
  const leg: LegFact = {
    kind: 'leg',
    sourceCallId: String(callid),
    legId: String(id),
    state: state ?? past?.state ?? 'dialing',
    own: { number: dn, name: known?.name ?? '', dn, kind: known?.kind ?? 'unknown' },
    other: otherParty(participant),
    role: past?.role ?? roleOf(participant, state),
    ...(did !== '' && { did }),
    ...(isForQueue && { queue: behalf }),
  };
  return { leg, unknownStatus: state === undefined ? status : null };
}

/** 3CX: does not say who called whom. What dials began the call; what rings, or was routed here, did not. */
function roleOf(participant: Participant, state: LegState | undefined): LegFact['role'] {
  if (state === 'dialing') return 'caller';
  if (state === 'ringing') return 'callee';
  const { legid, originated_by_dn: origin } = participant;
  if (origin.toUpperCase() === INBOUND_ROUTER) return 'callee';
  return legid === 1 && origin === '' ? 'caller' : 'callee';
}

function otherParty({
  party_caller_id: id,
  party_caller_name: shown,
  party_dn: dn,
  party_dn_type,
}: Participant): Party {
  const number = id === '' ? dn : id;
  // 3CX: where there is no name, the name field repeats the number.
  const name = shown === number || shown === dn ? '' : shown;
  return { number, name, dn, kind: kindOfType(party_dn_type) };
}

/** `dialled` is the company's own number, seen while an inbound call has no place yet. */
export function listedCallOf(
  row: ActiveCall,
  { lookup, now }: { lookup: DnLookup; now: number },
): { call: ListedCall; dialled: string | null } {
  const from = listedParty(row.Caller, lookup);
  const to = row.Callee.trim() === '' ? null : listedParty(row.Callee, lookup);
  const isDialled = from.kind === 'trunk' && to !== null && to.dn === '' && OUTSIDE_NUMBER.test(to.number);
  return {
    call: {
      sourceCallId: String(row.Id),
      from,
      to: isDialled ? null : to,
      isEstablished: Boolean(row.EstablishedAt) || row.Status.toLowerCase() === 'talking',
      startedAt: now - ageOf(row),
    },
    dialled: isDialled && to !== null ? to.number : null,
  };
}

/** 3CX: a display text. Its first word is the number; after a trunk's number comes the number outside. */
export function listedParty(shown: string, lookup: DnLookup): Party {
  const [first = '', ...words] = shown.trim().split(/\s+/);
  const name = words.join(' ');
  const known = lookup(first);
  const [outside = '', ...rest] = words;
  const isTrunk = known
    ? known.kind === 'trunk'
    : TRUNK_DN.test(first) && (name === '' || OUTSIDE_NUMBER.test(outside));
  if (isTrunk) {
    const number = OUTSIDE_NUMBER.test(outside) ? outside : first;
    return { number, name: number === outside ? rest.join(' ') : name, dn: first, kind: 'trunk' };
  }
  if (known) return { number: first, name, dn: first, kind: known.kind };
  const isOutside = first.startsWith('+') || (OUTSIDE_NUMBER.test(first) && first.length > 6);
  const kind: PartyKind = VOICEMAIL_NAME.test(name) ? 'voicemail' : 'unknown';
  return { number: first, name, dn: isOutside ? '' : first, kind };
}

/** By the PBX's own clock: ours may differ. */
function ageOf({ EstablishedAt, LastChangeStatus, ServerNow }: ActiveCall): number {
  const server = Date.parse(ServerNow ?? '');
  const since = Date.parse(EstablishedAt ?? LastChangeStatus ?? '');
  const age = server - since;
  return Number.isFinite(age) && age > 0 ? age : 0;
}

/** 3CX: shows people as "Last, First" wherever it shows them. */
export function nameOfUser({ FirstName, LastName }: User): string {
  return [LastName, FirstName]
    .map(part => part?.trim())
    .filter(Boolean)
    .join(', ');
}

function decoded(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
