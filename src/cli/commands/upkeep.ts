import { EXIT } from '../../shared/exit-codes.ts';
import { command, DRY_RUN, YES } from '../command.ts';
import { MOMENT_FORM } from '../words/moment.ts';

/** Log, configuration and files. */
export const logsCommand = command({
  name: 'logs',
  summary: "Show the daemon's newest log lines",
  about:
    "The daemon keeps its newest 2000 lines in memory; older ones, and why it ended, are in the host's log: journalctl -u 3cx-relay.",
  options: {
    follow: { type: 'boolean', alias: 'f', default: false, describe: 'Go on with what comes, until stopped' },
    level: {
      type: 'string',
      default: 'trace',
      choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'],
      describe: 'This one and worse',
    },
    limit: { type: 'number', describe: 'At most so many of the newest (1 to 2000); 50 without --since' },
    since: { type: 'string', describe: `Not older than this: ${MOMENT_FORM}` },
  },
  examples: [
    ['logs --level warn --since 2h', 'what was worth a warning'],
    ['logs --follow', 'goes on through restarts of the daemon'],
    ['logs --json | jq -r .message', 'for a script: one line each'],
  ],
  json: { schema: 'logs/1', lines: true },
});

export const configShowCommand = command({
  name: 'config show',
  summary: 'Show what is in force; secrets are masked',
  options: {
    origin: { type: 'boolean', default: false, describe: 'Also where each value comes from' },
  },
  examples: [
    ['config show --origin', 'environment, file or default'],
    ['config show --json', 'for a script, origins included'],
  ],
  json: { schema: 'config-show/1' },
});

export const configCheckCommand = command({
  name: 'config check',
  summary: 'Look for mistakes in relay.env and the environment; needs no daemon, changes nothing',
  options: {
    file: { type: 'string', describe: 'This file, when not the one that the daemon reads', live: 'file' },
  },
  examples: [
    ['config check', 'all mistakes at once'],
    ['config check --file new.env', 'before it takes the place of relay.env'],
  ],
  exits: { [EXIT.usage]: 'the configuration has mistakes' },
  json: { schema: 'config-check/1' },
});

export const configReloadCommand = command({
  name: 'config reload',
  summary: 'Let the daemon read its configuration again; one with mistakes changes nothing',
  about: 'Levels, limits and origins change at once, everything else with the next restart.',
  options: { ...DRY_RUN },
  examples: [
    ['config reload --dry-run', 'what would change, and what would need a restart'],
    ['config reload', 'does it'],
  ],
  exits: { [EXIT.usage]: 'the configuration has mistakes' },
  json: { schema: 'config-reload/1' },
});

export const backupCommand = command({
  name: 'backup',
  summary: 'Copy state and journal while the daemon runs, and prove the copy',
  options: {
    to: {
      type: 'string',
      describe: "A folder on the daemon's host; the backup gets one of its own in it",
      live: 'file',
    },
    ...DRY_RUN,
  },
  examples: [
    ['backup', "into the folder backups beside the daemon's files"],
    ['backup --to /mnt/backup --json | jq -r .data.folder', 'for a script'],
  ],
  json: { schema: 'backup/1' },
});

export const restoreCommand = command({
  name: 'restore',
  summary: 'Put a backup in place of the present files; the daemon must be stopped',
  about:
    'The files of before are kept beside it. Keys that were revoked since the backup stay revoked. The log begins a new epoch: every client is told that it cannot go on where it was.',
  places: { folder: { describe: 'Of one backup: the one with manifest.json', live: 'file' } },
  options: { ...YES, ...DRY_RUN },
  examples: [
    ['restore backups/20261120T080000000Z --dry-run', 'proves the backup and changes nothing'],
    ['restore backups/20261120T080000000Z', 'asks first'],
  ],
  json: { schema: 'restore/1' },
});

export const maintenanceCommand = command({
  name: 'maintenance',
  summary: 'Check state and journal, remove what is too old, give room back',
  about: 'The daemon does it while it works; without a daemon it is done on the files themselves.',
  options: { ...DRY_RUN },
  examples: [
    ['maintenance', 'are the files sound?'],
    ['maintenance --dry-run', 'what would go'],
  ],
  exits: { [EXIT.failed]: 'a file is damaged' },
  json: { schema: 'maintenance/1' },
});
