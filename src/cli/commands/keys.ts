import { command, DRY_RUN, type Place, YES } from '../command.ts';

const ID = {
  id: { describe: 'As in keys list', live: 'key-id' },
} as const satisfies Record<string, Place>;

/** The keys that programs bring. */
export const keysCreateCommand = command({
  name: 'keys create',
  summary: 'Make a key; it is shown once',
  options: {
    name: { type: 'string', required: true, describe: 'Which program it is for' },
    permission: { type: 'string', many: true, required: true, describe: 'read, write or metrics' },
    extension: { type: 'string', many: true, describe: 'Only what touches this extension', live: 'dn' },
    queue: { type: 'string', many: true, describe: 'Only what touches this queue', live: 'dn' },
    network: { type: 'string', many: true, describe: 'Only from this network, such as 10.0.0.0/8' },
    'expires-in': { type: 'string', describe: 'End after a time such as 90d; never without' },
    rate: { type: 'number', describe: 'Requests a minute, when not KEY_RATE_PER_MINUTE' },
    ...DRY_RUN,
  },
  examples: [
    ['keys create --name wallboard --permission read --queue 900', 'may read what touches queue 900'],
    ['keys create --name crm --permission read --permission write --expires-in 90d --json', 'for a script'],
  ],
  json: { schema: 'keys-create/1' },
});

export const keysListCommand = command({
  name: 'keys list',
  summary: 'Show all keys',
  examples: [['keys list', 'who may do what, and when it was last used']],
  json: { schema: 'keys-list/1' },
});

export const keysRevokeCommand = command({
  name: 'keys revoke',
  summary: 'End a key now; its connections are closed within a second',
  places: ID,
  options: { ...YES, ...DRY_RUN },
  examples: [
    ['keys revoke k_5f2a', 'asks first'],
    ['keys revoke k_5f2a --yes', 'for a script'],
  ],
  json: { schema: 'keys-revoke/1' },
});

export const keysRotateCommand = command({
  name: 'keys rotate',
  summary: 'Make a new key with the same rights; the old one ends after the overlap',
  places: ID,
  options: {
    overlap: { type: 'string', default: '24h', describe: 'How long the old key lives on' },
    ...DRY_RUN,
  },
  examples: [
    ['keys rotate k_5f2a', 'the old one ends tomorrow'],
    ['keys rotate k_5f2a --overlap 1h', 'sooner'],
  ],
  json: { schema: 'keys-rotate/1' },
});
