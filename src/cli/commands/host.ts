import { command, DRY_RUN, type Option, YES } from '../command.ts';

const ROOT = {
  root: {
    type: 'string',
    live: 'file',
    describe: 'Work in this folder instead of /: for images and trials; nothing is started',
  },
} as const satisfies Record<string, Option>;

const PACKAGED = 'A relay that came as a Debian package is left to apt.';

/** The life of the relay on its host. */
export const installCommand = command({
  name: 'install',
  summary: 'Put the relay on this machine, started and tested',
  about: `Everything is looked at first. When a step fails, all is put back as it was before. Run again it changes only what is not as it should be. Without a terminal nobody is asked: what is missing is named all at once. ${PACKAGED}`,
  options: {
    fqdn: { type: 'string', describe: 'The host name of the phone system: pbx.example.com' },
    'pbx-url': { type: 'string', describe: 'Where it is reached, if not at https:// and that name' },
    'client-id': { type: 'string', describe: 'The client ID of the API integration in 3CX' },
    'client-secret-file': {
      type: 'string',
      live: 'file',
      describe: 'The file with its API key, one line; - is stdin',
    },
    port: { type: 'number', describe: 'Where the relay listens on this machine; otherwise 8082' },
    set: { type: 'string', many: true, describe: 'Any other variable of relay.env, as NAME=VALUE' },
    admin: { type: 'string', default: 'admin', describe: 'The name of the first admin' },
    'admin-password-file': {
      type: 'string',
      live: 'file',
      describe: 'The password of the first admin, one line; made and shown once without it',
    },
    start: { type: 'boolean', default: true, describe: 'Put all there and do not start it' },
    repair: {
      type: 'boolean',
      default: false,
      describe: 'Bring back what is missing of the version that is installed, as after an update of 3CX',
    },
    from: {
      type: 'string',
      live: 'file',
      describe: 'The folder of the release, if not the one this is run from',
    },
    ...ROOT,
    ...YES,
    ...DRY_RUN,
  },
  examples: [
    ['install', 'asks what it must know'],
    ['install --repair --yes', 'after an update of 3CX that took the nginx snippet away'],
    ['install --dry-run', 'what it would do'],
  ],
  json: { schema: 'install/1' },
});

export const upgradeCommand = command({
  name: 'upgrade',
  summary: 'Go to another version; back by itself when it fails',
  about: `A file is held against SHA256SUMS beside it. The configuration is checked by the new version, a backup made, then the new one started beside the old one's folder and tested; if that fails, the old one runs again with its data. ${PACKAGED}`,
  places: { release: { describe: 'A 3cx-relay-*.tar.zst, or a folder with the same', live: 'file' } },
  options: {
    check: { type: 'boolean', default: false, describe: 'Only whether it could be done' },
    ...ROOT,
    ...YES,
    ...DRY_RUN,
  },
  examples: [
    ['upgrade 3cx-relay-0.2.0-linux-x64.tar.zst', 'asks first'],
    ['upgrade 3cx-relay-0.2.0-linux-x64.tar.zst --check', 'whole, fitting, configuration right?'],
  ],
  json: { schema: 'upgrade/1' },
});

export const rollbackCommand = command({
  name: 'rollback',
  summary: 'Go back to the version before',
  about: `When the newer version has changed the form of its files, the older one cannot read them; then --restore brings back the backup made before the upgrade, and what came since is lost. ${PACKAGED}`,
  options: {
    restore: {
      type: 'boolean',
      default: false,
      describe: 'Also bring back the backup made before the upgrade',
    },
    ...ROOT,
    ...YES,
    ...DRY_RUN,
  },
  examples: [
    ['rollback', 'asks first'],
    ['rollback --restore --yes', 'with the files of then'],
  ],
  json: { schema: 'rollback/1' },
});

export const uninstallCommand = command({
  name: 'uninstall',
  summary: 'Take the relay off this machine',
  about: `Settings and data stay, save with --purge. ${PACKAGED}`,
  options: {
    purge: { type: 'boolean', default: false, describe: 'Also settings, keys, log, backups and the user' },
    ...ROOT,
    ...YES,
    ...DRY_RUN,
  },
  examples: [
    ['uninstall', 'names what goes, and asks'],
    ['uninstall --purge --yes', 'nothing is left'],
  ],
  json: { schema: 'uninstall/1' },
});

export const footprintCommand = command({
  name: 'footprint',
  summary: 'Show every file, user, unit and port of ours on this host',
  options: ROOT,
  examples: [
    ['footprint', 'what a careful admin wants to know'],
    ['footprint --plain | cut -f2', 'only the names'],
  ],
  json: { schema: 'footprint/1' },
});

export const supportModeCommand = command({
  name: 'support-mode',
  summary: 'Hide the relay before 3CX support looks at the host',
  about: `Service, unit, nginx snippet and command go; program, settings and data stay in their folders, with a note that says how all comes back. ${PACKAGED}`,
  places: { what: { describe: 'on takes it away, off brings it back', choices: ['on', 'off'] } },
  options: { ...ROOT, ...YES, ...DRY_RUN },
  examples: [
    ['support-mode on', 'asks first'],
    ['support-mode off --yes', 'as it was before'],
  ],
  json: { schema: 'support-mode/1' },
});
