import type { EntityType } from './call-record.ts';
import type { Did, Directory, Dn, DnKind, Trunk } from './directory.ts';

/** One end of a conversation, as call records name it. It keeps its id through all segments of the call. */
export interface Party {
  participantId: string;
  entityType: EntityType;
  dn: string;
  kind: DnKind | 'router';
  dnType: string;
  dnName: string;
  name: string;
  phoneNumber: string;
  did: string;
  isIncoming: boolean;
  department: string;
}

const ENTITY_TYPES: Record<DnKind, EntityType> = {
  extension: 'extension',
  queue: 'queue',
  ringGroup: 'ring_group_ring_all',
  ivr: 'ivr',
  script: 'script',
  voicemail: 'voicemail',
  routePoint: 'script',
  trunk: 'external_line',
};

const DN_TYPES: Record<DnKind, string> = {
  extension: 'extension',
  queue: 'queue',
  ringGroup: 'ring_group_ring_all',
  ivr: 'ivr',
  script: 'script',
  voicemail: 'vmail_console',
  routePoint: 'script',
  trunk: 'provider',
};

export function partyOf(dn: Dn, participantId: string): Party {
  return {
    participantId,
    entityType: ENTITY_TYPES[dn.kind],
    dn: dn.number,
    kind: dn.kind,
    dnType: DN_TYPES[dn.kind],
    dnName: dn.name,
    name: dn.name,
    phoneNumber: dn.kind === 'extension' ? dn.number : '',
    did: '',
    isIncoming: false,
    department: 'department' in dn && typeof dn.department === 'string' ? dn.department : '',
  };
}

interface OutsideParty {
  participantId: string;
  trunk: Trunk;
  number: string;
  name?: string;
  /** The dialled number of the company, when the call came from outside. */
  did?: Did;
}

/** Somebody outside, reached over a trunk. Inbound rows carry the rule's label where one expects a name. */
export function outsideParty({ participantId, trunk, number, name = '', did }: OutsideParty): Party {
  return {
    participantId,
    entityType: 'external_line',
    dn: trunk.number,
    kind: 'trunk',
    dnType: 'provider',
    dnName: trunk.name,
    name: did ? `${did.label}:${name}` : name,
    phoneNumber: number,
    did: did?.number ?? '',
    isIncoming: did !== undefined,
    department: '',
  };
}

/** The inbound rule that decides where a call from outside goes: its row is named by the dialled number. */
export function routerParty(did: Did, participantId: string): Party {
  return {
    participantId,
    entityType: 'inbound_routing',
    dn: did.number,
    kind: 'router',
    dnType: 'unknown',
    dnName: did.label,
    name: did.label,
    phoneNumber: '',
    did: did.number,
    isIncoming: false,
    department: '',
  };
}

export function findDid(directory: Directory, number: string): { trunk: Trunk; did: Did } | undefined {
  for (const trunk of directory.trunks) {
    const did = trunk.dids.find(candidate => candidate.number === number);
    if (did) return { trunk, did };
  }
  return undefined;
}

/** The caller's name without the rule's label; the number where there is none. */
export function displayName(party: Party): string {
  const name = party.isIncoming ? party.name.slice(party.name.indexOf(':') + 1) : party.name;
  return name === '' ? party.phoneNumber : name;
}
