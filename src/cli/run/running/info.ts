import { dirname, join } from 'node:path';
import { isDaemonAway } from '../../../shared/control/cli-error.ts';
import { loginFile } from '../../../shared/control/credentials.ts';
import { pathsUnder } from '../../../shared/paths.ts';
import { isoTime, localTime } from '../../../shared/telling/time.ts';
import { VERSION } from '../../../shared/version.ts';
import type { Common } from '../../command.ts';
import { connect, socketPathOf } from '../../connect.ts';
import { type Answer, fieldsAnswer } from '../../output/answer.ts';

interface DaemonInfo {
  runs: boolean | null;
  /** Why it cannot be told, or where it does not run. */
  why: string | null;
  version: string | null;
  pid: number | null;
  startedAt: string | null;
}

const LOG_COMMAND = 'journalctl -u 3cx-relay';

/** Never fails for want of a daemon: it is what one looks at when nothing else works. */
export async function info(given: Common): Promise<Answer> {
  const paths = pathsUnder(process.env['RELAY_HOME']);
  const daemon = await daemonInfo(given);
  const data = {
    version: VERSION,
    daemon: { ...daemon, isOtherVersion: daemon.version !== null && daemon.version !== VERSION },
    node: process.versions.node,
    nodePath: process.execPath,
    sqlite: await sqliteVersion(),
    installedIn: join(process.argv[1] ?? '', '../../..'),
    platform: `${process.platform}-${process.arch}`,
    paths: {
      config: paths.configFile,
      state: paths.stateFile,
      journal: paths.journalFile,
      backups: paths.backupFolder,
      runtime: dirname(socketPathOf(given)),
      socket: socketPathOf(given),
      operatorToken: paths.operatorToken,
      setupToken: paths.setupToken,
      logins: loginFile(),
    },
    log: LOG_COMMAND,
  };
  const { node, nodePath, sqlite, installedIn, platform } = data;
  return fieldsAnswer({
    schema: 'info/1',
    data,
    fields: {
      version: VERSION,
      daemon: daemonText(daemon),
      ...{ node, nodePath, sqlite, installedIn, platform },
      ...data.paths,
      log: LOG_COMMAND,
    },
  });
}

async function daemonInfo(given: Common): Promise<DaemonInfo> {
  const none = { version: null, pid: null, startedAt: null };
  try {
    const { version, pid, startedAt } = await connect({ ...given, quiet: true }).about();
    return { runs: true, why: null, version, pid, startedAt: isoTime(startedAt) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...none, runs: isDaemonAway(error) ? false : null, why };
  }
}

function daemonText({ runs, why, version, pid, startedAt }: DaemonInfo): string {
  if (runs === null) return `unknown: ${why}`;
  if (!runs) return 'does not run';
  const other = version === VERSION ? '' : ', ANOTHER VERSION: restart it after an upgrade';
  return `${version}, pid ${pid}, since ${localTime(startedAt)}${other}`;
}

async function sqliteVersion(): Promise<string | null> {
  try {
    const { default: Sqlite } = await import('better-sqlite3');
    const database = new Sqlite(':memory:');
    const version = String(database.prepare('SELECT sqlite_version()').pluck().get());
    database.close();
    return version;
  } catch {
    // An installation that is not whole: then the more of the rest is of use.
    return null;
  }
}
