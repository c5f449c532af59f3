import type { Option } from '../command.ts';

/** What every command takes, and what it means everywhere. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', default: false, describe: 'JSON for scripts: one document, or one event a line' },
  plain: { type: 'boolean', default: false, describe: 'Tab-separated, no header, stable columns' },
  color: { type: 'boolean', default: true, describe: 'Without colour; NO_COLOR does the same' },
  input: { type: 'boolean', default: true, describe: 'Never ask anything' },
  'show-numbers': { type: 'boolean', default: false, describe: 'Phone numbers in full, not ***123' },
  timeout: { type: 'string', default: '30s', describe: 'How long the daemon may take to answer' },
  socket: { type: 'string', describe: "The daemon's socket, when not the one of RELAY_HOME or the system" },
  quiet: { type: 'boolean', alias: 'q', default: false, describe: 'Nothing on stderr but errors' },
  verbose: { type: 'boolean', alias: 'v', default: false, describe: 'More; errors with their stack' },
} as const satisfies Record<string, Option>;
