import { join } from 'node:path';
import type { Image } from '../host/image.ts';

// biome-ignore lint/suspicious/noExplicitAny: documents of many shapes
type Documents = Record<string, any>;

/** What the sweep knows when it comes to a command. */
export interface Known {
  home: string;
  /** What the commands before it have printed, by the schema's name. */
  seen: Documents;
  callId: string;
  image: Image;
}

/** How each command is run once, in the order of the table, so that what one makes the next can use. */
interface Trial {
  /** After the name, without --json. */
  args?: (known: Known) => string[];
  /** 0 where not said. */
  exits?: number[];
  /** With no daemon and an empty folder; 3 where not said. */
  away?: number;
  /** Why its lines may be longer than a screen is wide. */
  wide?: string;
  /** Why it may take longer than a look. */
  slow?: string;
}

const DRY = 8;
const FINDS = [0, DRY];

export const TRIALS: Record<string, Trial> = {
  status: { exits: FINDS },
  doctor: { exits: FINDS, away: DRY, slow: 'probes' },
  conditions: { args: () => ['--history'] },
  connections: {},
  'connections history': {},
  'connections reconnect': { args: () => ['callcontrol', '--dry-run'], exits: [DRY] },
  errors: {},
  'errors ack': { args: () => ['--all', '--dry-run'], exits: FINDS },
  check: { args: () => ['all'], exits: [0, 1, 2], wide: 'one line for a monitoring system' },

  listen: { args: () => ['--after', '0', '--no-follow'], wide: 'JSON into a pipe' },
  calls: {},
  'calls show': { args: ({ callId }) => [callId] },
  history: {},
  'history show': { args: ({ seen }) => [seen['history/1'].records[0].id] },

  'keys create': { args: () => ['--name', 'crm', '--permission', 'read', '--queue', '900'], away: 0 },
  'keys list': { away: 5 },
  'keys revoke': { args: ({ seen }) => [seen['keys-create/1'].id, '--yes'], away: 5 },
  'keys rotate': { args: ({ seen }) => [idOf(seen['keys-list/1'].keys, 'test')], away: 5 },
  'keys usage': {},

  'users list': {},
  'users add': { args: () => ['vera', '--role', 'viewer', '--generate'], slow: 'hashes' },
  'users change': { args: () => ['vera', '--role', 'admin'] },
  'users password': { args: () => ['vera', '--generate'], slow: 'hashes' },
  'users remove': { args: () => ['vera', '--yes'] },
  login: {
    args: ({ home }) => ['--name', 'anna', '--password-file', join(home, 'password')],
    slow: 'hashes',
  },
  logout: { away: 0 },
  whoami: {},
  clients: {},
  'clients disconnect': { args: ({ seen }) => [seen['clients/1'].clients[0].id, '--yes'] },
  audit: {},
  'audit verify': { wide: 'a sentence' },

  logs: { args: () => ['--limit', '5'], wide: 'log lines' },
  'config show': { args: () => ['--origin'] },
  'config check': { args: ({ home }) => ['--file', join(home, 'good.env')], away: 0 },
  'config reload': {},
  backup: { slow: 'copies and proves', wide: 'a sentence' },
  restore: {
    args: ({ seen }) => [seen['backup/1'].folder, '--dry-run'],
    exits: [DRY],
    away: DRY,
    slow: 'proves',
    wide: 'a sentence',
  },
  maintenance: { away: 5, slow: 'reads all files' },

  install: { args: known => ['--repair', ...onImage(known)], away: 0, wide: 'sentences' },
  upgrade: {
    args: known => [known.image.next, ...onImage(known)],
    exits: [DRY],
    away: DRY,
    wide: 'a sentence',
  },
  rollback: { args: onImage, exits: [DRY], away: DRY, wide: 'a sentence' },
  uninstall: { args: onImage, exits: [DRY], away: DRY, wide: 'a sentence' },
  footprint: { args: ({ image }) => ['--root', image.root], away: 0, wide: 'paths' },
  'support-mode': { args: known => ['on', ...onImage(known)], exits: [DRY], away: DRY, wide: 'a sentence' },

  dashboard: { exits: FINDS },
  completion: { args: () => ['bash'], away: 0, wide: 'a script' },
  info: { away: 0 },
};

/** These run until they are stopped. */
export const SERVICES = ['daemon', 'demo'];

function idOf(all: { id: string; name: string }[], wanted: string): string {
  return all.find(({ name }) => name === wanted)?.id ?? '';
}

function onImage({ image }: Known): string[] {
  return ['--root', image.root, '--dry-run'];
}
