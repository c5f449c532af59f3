import { EXIT } from '../../shared/exit-codes.ts';
import { command } from '../command.ts';

/** What runs, and what tells of the program itself. */
export const daemonCommand = command({
  name: 'daemon',
  summary: 'Run the relay until it is stopped; set up by relay.env or the environment',
  examples: [
    ['daemon', 'as the service does it'],
    ['config check && 3cx-relay daemon', 'only with a configuration that is right'],
  ],
  exits: { 78: 'the configuration is not valid: starting again does not help' },
});

export const demoCommand = command({
  name: 'demo',
  summary: 'Run the relay beside a simulated 3CX, in a temporary folder, with nothing to set up',
  about:
    'On a terminal the dashboard opens, and all ends with it; what can be tried from another terminal stands there under i. ALLOWED_ORIGINS=http://localhost:5173 before it lets in a page that is served from there.',
  options: {
    dashboard: {
      type: 'boolean',
      default: true,
      describe: 'Print lines to copy and try, instead of opening the dashboard',
    },
    headless: {
      type: 'boolean',
      default: false,
      describe: 'One JSON line when ready, then run until stopped',
    },
    seed: { type: 'number', default: 7, describe: 'Same seed, same office day' },
    'calls-per-minute': { type: 'number', default: 30, describe: 'How busy the office is' },
    port: { type: 'number', default: 0, describe: 'Of the relay; 0: any free one' },
  },
  examples: [
    ['demo', 'opens the dashboard on it'],
    ['demo --no-dashboard', 'with lines to copy and try'],
    ['demo --headless', 'for a script'],
  ],
});

export const dashboardCommand = command({
  name: 'dashboard',
  summary: 'Watch and steer the relay on one screen; without any command it opens too',
  about:
    'Needs a terminal of at least 60x18. Without one, on a dumb terminal and with --plain it tells how everything is, line by line, and with --follow each change as it comes; screen readers can follow that. Press ? for what can be done.',
  options: {
    readonly: { type: 'boolean', default: false, describe: 'Change nothing, whatever key is pressed' },
    ascii: { type: 'boolean', default: false, describe: 'Draw with plain letters only' },
    follow: {
      type: 'boolean',
      default: false,
      describe: 'Without a screen: go on with each change, until stopped',
    },
  },
  examples: [
    ['dashboard', 'everything, live; ? shows what can be done'],
    ['dashboard --readonly', 'for a screen on the wall'],
    ['dashboard --plain --follow', 'one line for each change, without drawing'],
  ],
  exits: { [EXIT.found]: 'without a screen: degraded or unhealthy' },
  json: { schema: 'dashboard/1' },
});

export const infoCommand = command({
  name: 'info',
  summary: 'Show versions, every path, and whether the daemon runs',
  examples: [
    ['info', 'works without a daemon'],
    ['info --json', 'the same for a script'],
  ],
  json: { schema: 'info/1' },
});

export const completionCommand = command({
  name: 'completion',
  summary: 'Print what teaches a shell to complete commands, options and what the daemon knows',
  places: { shell: { describe: 'Which shell', choices: ['bash', 'zsh', 'fish'] } },
  examples: [
    ['completion bash > /etc/bash_completion.d/3cx-relay', 'for everybody who uses bash here'],
    ['completion fish | source', 'for this fish, now'],
  ],
  json: { schema: 'completion/1' },
});
