import { EXIT } from '../../shared/exit-codes.ts';
import { command, DRY_RUN, type Option, type Place, YES } from '../command.ts';
import { MOMENT_FORM } from '../words/moment.ts';

const USER = {
  user: { describe: 'Name or id, as in users list', live: 'user-name' },
} as const satisfies Record<string, Place>;

/** Never as a value of a flag: that would stand in the list of processes and in the history of the shell. */
const PASSWORD = {
  'password-stdin': { type: 'boolean', default: false, describe: 'The password comes from stdin, one line' },
  'password-file': {
    type: 'string',
    describe: 'The password stands in this file, one line; - is stdin',
    live: 'file',
  },
} as const satisfies Record<string, Option>;

const GENERATE = {
  generate: { type: 'boolean', default: false, describe: 'Make a password and show it once' },
} as const satisfies Record<string, Option>;

const ROLE = { type: 'string', choices: ['admin', 'viewer'] } as const;

/** Who is logged in here. */
export const loginCommand = command({
  name: 'login',
  summary: 'Log in by name and password; good for 24 hours',
  about: 'The login is kept in a file only you can read. Root needs none: the daemon leaves it a token.',
  options: {
    name: { type: 'string', describe: 'As whom; asked for without it', live: 'user-name' },
    ...PASSWORD,
  },
  examples: [
    ['login', 'asks for name and password'],
    ['login --name anna --password-stdin < password', 'for a script'],
  ],
  json: { schema: 'login/1' },
});

export const logoutCommand = command({
  name: 'logout',
  summary: 'End your login, here and at the daemon',
  examples: [
    ['logout', 'before leaving a machine that others use'],
    ['logout --json', 'for a script'],
  ],
  json: { schema: 'logout/1' },
});

export const whoamiCommand = command({
  name: 'whoami',
  summary: 'Show who you are to the daemon, what you may, and until when',
  examples: [
    ['whoami', 'name, role, and by which door'],
    ['whoami --json | jq -r .data.role', 'admin or viewer'],
  ],
  json: { schema: 'whoami/1' },
});

/** The people who may steer the relay. */
export const usersListCommand = command({
  name: 'users list',
  summary: 'Show all users',
  examples: [
    ['users list', 'who may log in, as what, and who did when'],
    ['users list --plain | cut -f2', 'all names'],
  ],
  json: { schema: 'users-list/1' },
});

export const usersAddCommand = command({
  name: 'users add',
  summary: 'Make a user, who may then log in; the password is asked for',
  about:
    'The first admin is made by root, or by whoever has the setup token that the daemon leaves in a file.',
  places: { name: { describe: 'Small letters, digits and any of ._-' } },
  options: {
    role: { ...ROLE, required: true, describe: 'An admin may do all, a viewer may only look' },
    ...PASSWORD,
    ...GENERATE,
    'setup-token-file': {
      type: 'string',
      describe: 'Make the first admin by the token in this file, such as /var/lib/3cx-relay/setup.token',
      live: 'file',
    },
    ...DRY_RUN,
  },
  examples: [
    ['users add anna --role admin', 'asks for the password twice'],
    ['users add vera --role viewer --generate', 'makes the password and shows it once'],
    ['users add anna --role admin --setup-token-file setup.token', 'the first admin, without root'],
  ],
  json: { schema: 'users-add/1' },
});

export const usersChangeCommand = command({
  name: 'users change',
  summary: 'Change role, lock out or let in again; ends all logins of the user',
  places: USER,
  options: {
    role: { ...ROLE, describe: 'Another role' },
    disable: { type: 'boolean', default: false, describe: 'Lock the user out' },
    enable: { type: 'boolean', default: false, describe: 'Let the user in again' },
    ...DRY_RUN,
  },
  examples: [
    ['users change vera --role admin', 'may do all from the next login on'],
    ['users change vera --disable', 'is locked out now'],
  ],
  json: { schema: 'users-change/1' },
});

export const usersPasswordCommand = command({
  name: 'users password',
  summary: 'Set a password: your own, or as an admin that of another; ends all logins of the user',
  about:
    'For your own, the old one is asked for first; from stdin or a file it is the first line, the new one the second.',
  places: { user: { ...USER.user, optional: true } },
  options: { ...PASSWORD, ...GENERATE, ...DRY_RUN },
  examples: [
    ['users password', 'your own'],
    ['users password vera', "vera's, as an admin"],
    ['users password vera --generate', 'makes it and shows it once'],
  ],
  json: { schema: 'users-password/1' },
});

export const usersRemoveCommand = command({
  name: 'users remove',
  summary: 'Remove a user and end all logins of that user; the last admin stays',
  places: USER,
  options: { ...YES, ...DRY_RUN },
  examples: [
    ['users remove vera', 'asks first'],
    ['users remove vera --yes', 'for a script'],
  ],
  json: { schema: 'users-remove/1' },
});

/** The programs that are connected now. */
export const clientsCommand = command({
  name: 'clients',
  summary: 'Show connected programs: key, address, and how far behind they are',
  examples: [
    ['clients', 'who listens, and who is behind'],
    ["clients --json | jq '.data.clients[] | select(.lag > 100)'", 'those that are far behind'],
  ],
  json: { schema: 'clients/1' },
});

export const clientsDisconnectCommand = command({
  name: 'clients disconnect',
  summary: 'Close the connection of a program; it may come back as long as its key lives',
  places: { id: { describe: 'As in clients', live: 'client-id' } },
  options: { ...YES, ...DRY_RUN },
  examples: [
    ['clients disconnect 12', 'asks first'],
    ['clients disconnect 12 --yes', 'for a script'],
  ],
  json: { schema: 'clients-disconnect/1' },
});

/** What was done, and by whom. */
export const auditCommand = command({
  name: 'audit',
  summary: 'Show what was done, by whom and how it ended; the newest first',
  about: 'With --verbose also what else is written down of it.',
  options: {
    actor: { type: 'string', describe: 'Only what this user did', live: 'user-name' },
    action: { type: 'string', describe: 'Only what begins so: login, key.create, user' },
    since: { type: 'string', describe: `Not older than this: ${MOMENT_FORM}` },
    limit: { type: 'number', default: 50, describe: 'At most so many (1 to 1000)' },
    cursor: { type: 'number', describe: 'Go on where the page before ended, as it says' },
  },
  examples: [
    ['audit --since 7d --action key', 'keys made and ended in a week'],
    ['audit --actor anna --json', 'all that anna did, for a script'],
  ],
  json: { schema: 'audit/1' },
});

export const auditVerifyCommand = command({
  name: 'audit verify',
  summary: 'Prove that no row of the audit log was changed, removed or put in',
  about:
    'The daemon writes count and hash into its log ("audit log") each hour; given here, all rows up to then are proven against that as well.',
  options: {
    count: { type: 'number', describe: 'How many rows there were, as written down elsewhere' },
    hash: { type: 'string', describe: 'The hash of the newest of them' },
  },
  examples: [
    ['audit verify', 'follow the chain'],
    ['audit verify --count 120 --hash 5f2a...', 'also against what the log of the host says'],
  ],
  exits: { [EXIT.found]: 'a row is not as it was written' },
  json: { schema: 'audit-verify/1' },
});
