import { UsageError } from '../../shared/exit-codes.ts';

export type DnKind =
  | 'extension'
  | 'queue'
  | 'ringGroup'
  | 'ivr'
  | 'script'
  | 'voicemail'
  | 'routePoint'
  | 'trunk';

/** Anything in the PBX that has a number. */
export interface Dn {
  number: string;
  kind: DnKind;
  name: string;
}

export interface Extension extends Dn {
  kind: 'extension';
  firstName: string;
  lastName: string;
  department: string;
  deviceId: string;
  userAgent: string;
}

/** A queue or ring group: calls to it are offered to its members. */
export interface Group extends Dn {
  kind: 'queue' | 'ringGroup';
  members: string[];
}

export interface Trunk extends Dn {
  kind: 'trunk';
  dids: Did[];
}

export function isTrunk(dn: Dn): dn is Trunk {
  return dn.kind === 'trunk';
}

/** An outside number of the company, with the label of its inbound rule and where it leads. */
export interface Did {
  number: string;
  label: string;
  target: string;
}

export interface Directory {
  extensions: Extension[];
  groups: Group[];
  trunks: Trunk[];
  others: Dn[];
  find(number: string): Dn | undefined;
}

export interface DirectorySize {
  extensions: number;
  queues: number;
  /** The API client's own route point: its DN is the client id. */
  routePoint: string;
}

const FIRST_EXTENSION = 101;
/** From here on the low numbers belong to menu, groups and queues, so extensions go on at 2001. */
const LOW_EXTENSIONS = 599;
const FIRST_HIGH_EXTENSION = 2001;
const FIRST_QUEUE = 900;
const RING_GROUP = '800';
const QUEUE_MEMBERS = 6;
/** As in most companies, not everybody has a number of his own outside. */
const DIRECT_NUMBERS_MAX = 50;
const DEPARTMENTS = ['Sales', 'Support', 'Accounts', 'Logistics'];
const USER_AGENTS = [
  '3CX Mobile Client',
  'Yealink SIP-T46U 108.86.0.45',
  'Snom D735 10.1.169.13',
  '3CX WebRTC',
];
const FIRST_NAMES =
  'Ada Ben Cleo Dora Emil Fay Gus Hana Ivo June Kai Lena Milo Nora Otto Pia Quin Rosa Sven Tess'.split(' ');
const LAST_NAMES =
  'Test Sample Mock Proof Trial Draft Model Pilot Probe Stand Faux Dummy Stub Blank Token Fable'.split(' ');

/** An invented company. The same sizes give the same company, so stories can name its people. */
export function buildDirectory({ extensions, queues, routePoint }: DirectorySize): Directory {
  const staff = Array.from({ length: extensions }, (_, index) => extension(index));
  const groups: Group[] = [
    {
      number: RING_GROUP,
      kind: 'ringGroup',
      name: 'Reception',
      members: staff.slice(0, 3).map(one => one.number),
    },
    ...Array.from({ length: queues }, (_, index) => queue(index, staff)),
  ];
  const trunks: Trunk[] = [
    { number: '10001', kind: 'trunk', name: 'Example Telecom', dids: outsideNumbers(groups, staff) },
    { number: '10002', kind: 'trunk', name: 'Example Backup', dids: [] },
  ];
  const others: Dn[] = [
    { number: '700', kind: 'ivr', name: 'Main menu' },
    { number: 'welcome.Main', kind: 'script', name: 'welcome.Main' },
    { number: '999', kind: 'voicemail', name: 'Voicemail' },
    { number: routePoint, kind: 'routePoint', name: routePoint },
  ];
  const all = new Map<string, Dn>();
  for (const dn of [...staff, ...groups, ...trunks, ...others]) {
    const owner = all.get(dn.number);
    // Only the client's own number is not ours to give.
    if (owner) {
      throw new UsageError(
        `The client id ${routePoint} is the number of ${owner.name} (${owner.kind}) already: give another --client-id`,
      );
    }
    all.set(dn.number, dn);
  }
  return { extensions: staff, groups, trunks, others, find: number => all.get(number) };
}

function extension(index: number): Extension {
  const isLow = index < LOW_EXTENSIONS;
  const number = String(isLow ? FIRST_EXTENSION + index : FIRST_HIGH_EXTENSION + index - LOW_EXTENSIONS);
  const firstName = FIRST_NAMES[index % FIRST_NAMES.length] ?? '';
  // Walking both lists at different speeds keeps names apart for the first 320 people.
  const lastName = LAST_NAMES[(index + Math.floor(index / FIRST_NAMES.length)) % LAST_NAMES.length] ?? '';
  return {
    number,
    kind: 'extension',
    name: `${lastName}, ${firstName}`,
    firstName,
    lastName,
    department: DEPARTMENTS[index % DEPARTMENTS.length] ?? '',
    deviceId: `sip:${number}@127.0.0.1:5483;rinstance=${(0xab10 + index).toString(16)}`,
    userAgent: USER_AGENTS[index % USER_AGENTS.length] ?? '',
  };
}

function queue(index: number, staff: Extension[]): Group {
  const first = (index * QUEUE_MEMBERS) % Math.max(staff.length, 1);
  const members = staff.slice(first, first + QUEUE_MEMBERS).map(one => one.number);
  const label = DEPARTMENTS[index % DEPARTMENTS.length] ?? '';
  const round = Math.floor(index / DEPARTMENTS.length);
  const name = round === 0 ? label : `${label} ${round + 1}`;
  return { number: String(FIRST_QUEUE + index), kind: 'queue', name, members };
}

/** +44 20 7946 0xxx is reserved for fiction; 02xx to 04xx are the company's, 01xx its customers'. */
function outsideNumbers(groups: Group[], staff: Extension[]): Did[] {
  const queues = groups.filter(group => group.kind === 'queue').slice(0, 50);
  return [
    { number: '+442079460200', label: 'Main line', target: '101' },
    { number: '+442079460201', label: 'Reception', target: RING_GROUP },
    { number: '+442079460202', label: 'Menu', target: '700' },
    ...queues.map((group, index) => ({
      number: `+4420794603${String(index).padStart(2, '0')}`,
      label: group.name,
      target: group.number,
    })),
    ...staff.slice(0, DIRECT_NUMBERS_MAX).map(({ firstName, lastName, number: target }, index) => ({
      number: `+4420794604${String(index).padStart(2, '0')}`,
      label: `${firstName} ${lastName}`,
      target,
    })),
  ];
}
