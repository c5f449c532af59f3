import { EXIT } from '../../shared/exit-codes.ts';
import { command, DRY_RUN, type Option, type Place, YES } from '../command.ts';
import { MOMENT_FORM } from '../words/moment.ts';

const ID = {
  id: { describe: 'As in keys list', live: 'key-id' },
} as const satisfies Record<string, Place>;

const KEY_FILE = {
  output: {
    type: 'string',
    describe: 'Write the key into this new file (0600) and not to the screen',
    live: 'file',
  },
} as const satisfies Record<string, Option>;

/** The keys that programs bring. */
export const keysCreateCommand = command({
  name: 'keys create',
  summary: 'Make a key; it is shown once',
  about: 'Also before the first start: without a daemon the key is put into the state file.',
  options: {
    name: { type: 'string', required: true, describe: 'Which program it is for' },
    permission: {
      type: 'string',
      many: true,
      required: true,
      choices: ['read', 'write', 'metrics'],
      describe: 'What it may',
    },
    extension: { type: 'string', many: true, describe: 'Only what touches this extension', live: 'dn' },
    queue: { type: 'string', many: true, describe: 'Only what touches this queue', live: 'dn' },
    network: { type: 'string', many: true, describe: 'Only from this network, such as 10.0.0.0/8' },
    'expires-in': { type: 'string', describe: 'End after a time such as 90d; never without' },
    rate: { type: 'number', describe: 'Requests a minute, when not KEY_RATE_PER_MINUTE' },
    ...KEY_FILE,
    test: {
      type: 'boolean',
      default: false,
      describe: 'Then use the key as a program would, from here and by the public name',
    },
    ...DRY_RUN,
  },
  examples: [
    ['keys create --name wallboard --permission read --queue 900', 'may read what touches queue 900'],
    ['keys create --name crm --permission read --expires-in 90d --json', 'for a script'],
    ['keys create --name crm --permission read --test', 'and prove that it works'],
    ['keys create --name crm --permission read --output crm.key', 'without showing it'],
  ],
  exits: { [EXIT.found]: 'with --dry-run: a key would be made; with --test: it was made and does not work' },
  json: { schema: 'keys-create/1' },
});

export const keysListCommand = command({
  name: 'keys list',
  summary: 'Show all keys',
  examples: [
    ['keys list', 'who may do what, and when it was last used'],
    ['keys list --plain | cut -f1', 'all ids'],
  ],
  json: { schema: 'keys-list/1' },
});

export const keysRevokeCommand = command({
  name: 'keys revoke',
  summary: 'End a key now; its connections are closed within a second',
  places: ID,
  options: { ...YES, ...DRY_RUN },
  examples: [
    ['keys revoke 5f2a91c0', 'asks first'],
    ['keys revoke 5f2a91c0 --yes', 'for a script'],
  ],
  json: { schema: 'keys-revoke/1' },
});

export const keysRotateCommand = command({
  name: 'keys rotate',
  summary: 'Make a new key with the same rights; the old one ends after the overlap',
  places: ID,
  options: {
    overlap: { type: 'string', default: '24h', describe: 'How long the old key lives on' },
    ...KEY_FILE,
    ...DRY_RUN,
  },
  examples: [
    ['keys rotate 5f2a91c0', 'the old one ends tomorrow'],
    ['keys rotate 5f2a91c0 --overlap 1h', 'sooner'],
  ],
  json: { schema: 'keys-rotate/1' },
});

export const keysUsageCommand = command({
  name: 'keys usage',
  summary: 'Show what was asked with a key, or with each of them',
  places: { id: { ...ID.id, optional: true } },
  options: {
    since: { type: 'string', default: '24h', describe: `Not older than this: ${MOMENT_FORM}` },
  },
  examples: [
    ['keys usage', 'who asks most'],
    ['keys usage 5f2a91c0 --since 7d', 'what one program asked in a week'],
  ],
  json: { schema: 'keys-usage/1' },
});
