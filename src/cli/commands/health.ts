import { SEVERITIES } from '../../shared/conditions/condition-table.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { command, DRY_RUN, type Option } from '../command.ts';
import { MOMENT_FORM } from '../words/moment.ts';

const PAGE = {
  limit: { type: 'number', default: 50, describe: 'At most so many (1 to 500)' },
} as const satisfies Record<string, Option>;
const SINCE = {
  since: { type: 'string', describe: `Not older than this: ${MOMENT_FORM}` },
} as const satisfies Record<string, Option>;
const WHICH_ERRORS = {
  component: { type: 'string', describe: 'Only of this part, as errors names it' },
  severity: { type: 'string', choices: SEVERITIES, describe: 'Only these' },
  ...SINCE,
} as const satisfies Record<string, Option>;

/** How everything is, and what is wrong. */
export const statusCommand = command({
  name: 'status',
  summary: 'How everything is, on one screen',
  about:
    'With --watch it stays: on a terminal it is drawn anew, elsewhere each change is a block, and with --json a document a line; while the daemon is away that is a line status-away/1.',
  options: {
    watch: { type: 'boolean', default: false, describe: 'Stay and show every change' },
  },
  examples: [
    ['status', 'connections, what is wrong, calls, clients'],
    ['status --watch', 'the same, until Ctrl-C'],
    ['status --json | jq -r .data.status', 'healthy, degraded or unhealthy, for a script'],
  ],
  exits: { [EXIT.found]: 'degraded or unhealthy' },
  json: { schema: 'status/1' },
});

export const doctorCommand = command({
  name: 'doctor',
  summary: 'Find out what is wrong and how to mend it; changes nothing, with the daemon up or down',
  about: 'A daemon that runs is asked itself, with what it has seen. All codes stand in docs/doctor.md.',
  options: {
    'key-file': { type: 'string', describe: 'Try the API key in this file; - is stdin', live: 'file' },
    'key-stdin': { type: 'boolean', default: false, describe: 'Try the API key from stdin' },
  },
  examples: [
    ['doctor', 'what is wrong, why, and what to do'],
    ['doctor --json | jq .data.result', 'ok, warning or fail, for a script'],
    ['doctor --key-file key.txt', 'also whether this key works'],
  ],
  exits: { [EXIT.found]: 'something fails' },
  json: { schema: 'doctor/1' },
});

export const conditionsCommand = command({
  name: 'conditions',
  summary: 'What is wrong now, with cause and fix',
  about: 'All codes stand in docs/operations.md.',
  options: {
    history: { type: 'boolean', default: false, describe: 'Also what was wrong before, the newest first' },
    before: { type: 'number', describe: 'With --history: those before the one with this id' },
    ...PAGE,
  },
  examples: [
    ['conditions', 'what is wrong, why, and what to do'],
    ['conditions --history', 'also what was, and for how long'],
  ],
  json: { schema: 'conditions/1' },
});

export const connectionsCommand = command({
  name: 'connections',
  summary: 'Each connection to the phone system: state, way, latency, next attempt',
  examples: [
    ['connections', 'which are up, and why the others are not'],
    ['connections --json', 'the same for a script'],
  ],
  json: { schema: 'connections/1' },
});

export const connectionsHistoryCommand = command({
  name: 'connections history',
  summary: 'When each was up or down',
  places: {
    component: {
      describe: 'Only this one',
      optional: true,
      choices: ['database', 'xapi', 'callcontrol', 'agents'],
    },
  },
  options: {
    ...SINCE,
    before: { type: 'number', describe: 'Those before the change with this id' },
    ...PAGE,
  },
  examples: [
    ['connections history', 'the newest first'],
    ['connections history callcontrol --since 2h', 'was it away this morning?'],
  ],
  json: { schema: 'connections-history/1' },
});

export const connectionsReconnectCommand = command({
  name: 'connections reconnect',
  summary: 'Try again now instead of at the next planned attempt',
  places: { component: { describe: 'Which one', choices: ['database', 'xapi', 'callcontrol'] } },
  options: DRY_RUN,
  examples: [
    ['connections reconnect callcontrol', 'after the phone system was mended'],
    ['connections reconnect xapi --dry-run', 'only whether it could be done'],
  ],
  json: { schema: 'connections-reconnect/1' },
});

export const errorsCommand = command({
  name: 'errors',
  summary: 'What went wrong and was survived, repeats counted',
  options: {
    unacknowledged: {
      type: 'boolean',
      default: false,
      describe: 'Only those that nobody has acknowledged',
    },
    ...WHICH_ERRORS,
    cursor: { type: 'string', describe: 'The next page, as the page before names it' },
    ...PAGE,
  },
  examples: [
    ['errors', 'the last seen first'],
    ['errors --unacknowledged --since 2h', 'what is new'],
    ['errors --severity critical --json', 'for a script'],
  ],
  json: { schema: 'errors/1' },
});

export const errorsAckCommand = command({
  name: 'errors ack',
  summary: 'Acknowledge an error, or all; if it comes again, that is a new one',
  places: { id: { describe: 'As in errors; none with --all', optional: true, live: 'error-id' } },
  options: {
    all: { type: 'boolean', default: false, describe: 'All, or those that the other options choose' },
    ...WHICH_ERRORS,
    ...DRY_RUN,
  },
  examples: [
    ['errors ack 12', 'the one with this id'],
    ['errors ack --all --severity warning', 'all warnings'],
  ],
  json: { schema: 'errors-ack/1' },
});

export const checkCommand = command({
  name: 'check',
  summary: 'One line for monitoring, as Nagios, Icinga and Zabbix expect it',
  about:
    'Thresholds are milliseconds for database, xapi and callcontrol, MiB for journal, entries behind for clients, all at or above; for disk MiB free, at or below. Faults count with and without them. No exit code but 0 to 3 is used.',
  places: {
    name: {
      describe: 'What to look at',
      choices: [
        ...(['all', 'status', 'database', 'xapi', 'callcontrol'] as const),
        ...(['journal', 'clients', 'disk', 'certificate'] as const),
      ],
    },
  },
  options: {
    format: {
      type: 'string',
      default: 'nagios',
      choices: ['nagios', 'prometheus', 'json'],
      describe: 'How it is told',
    },
    warning: { type: 'number', alias: 'w', describe: 'Exit code 1 from this value on' },
    critical: { type: 'number', alias: 'c', describe: 'Exit code 2 from this value on' },
  },
  examples: [
    ['check all', 'everything, the worst decides'],
    ['check clients --warning 1000 --critical 10000', 'is a program falling behind?'],
    ['check disk --format prometheus', "for the node exporter's text files"],
  ],
  exits: {
    0: 'OK',
    1: 'WARNING',
    2: 'CRITICAL; also wrong usage, as everywhere',
    3: 'UNKNOWN: among others when the daemon cannot be asked',
  },
  json: { schema: 'check/1' },
});
