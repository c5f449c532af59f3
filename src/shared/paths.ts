import { join, resolve } from 'node:path';

/** Where everything lies that is ours. */
export interface Paths {
  configFile: string;
  stateFile: string;
  journalFile: string;
  /** Stands for "what was delivered is on disk". */
  journalMarkFile: string;
  /** Held by the daemon that uses these files. */
  lockFile: string;
  /** Where backups go when no other folder is named. */
  backupFolder: string;
  controlSocket: string;
  operatorToken: string;
  /** There while nobody is an admin yet. */
  setupToken: string;
}

/** The system's folders, or one folder for all when there is a RELAY_HOME: for development and demo. */
export function pathsUnder(relayHome: string | undefined): Paths {
  const home = relayHome ? resolve(relayHome) : null;
  const config = home ?? '/etc/3cx-relay';
  const state = home ?? '/var/lib/3cx-relay';
  const runtime = home ?? '/run/3cx-relay';
  return {
    configFile: join(config, 'relay.env'),
    stateFile: join(state, 'state.db'),
    journalFile: join(state, 'journal.db'),
    journalMarkFile: join(state, 'journal.sound'),
    lockFile: join(state, 'daemon.lock'),
    backupFolder: join(state, 'backups'),
    controlSocket: join(runtime, 'control.sock'),
    operatorToken: join(runtime, 'operator.token'),
    setupToken: join(state, 'setup.token'),
  };
}
