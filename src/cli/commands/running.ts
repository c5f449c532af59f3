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
  about: 'ALLOWED_ORIGINS=http://localhost:5173 before it lets in a page that is served from there.',
  options: {
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
    ['demo', 'with lines to copy and try'],
    ['demo --headless', 'for a script'],
  ],
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
