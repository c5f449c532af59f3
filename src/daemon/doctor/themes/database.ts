import { kindOfReason, reasonOf } from '../../sources/threecx/history/database/database-fault.ts';
import { type Check, define, fine, found } from '../check.ts';
import type { DatabaseProbe } from '../probes/database-probe.ts';

const RECORDS_OLD_MS = 3 * 86_400_000;
const TABLES_SHOWN_MAX = 5;

const ini = define({
  name: 'ini',
  looksAt: "The phone system's ini files, and which of them offers a database login",
  needs: ['config'],
  faults: {
    INI_NOT_FOUND: {
      result: 'warning',
      cause:
        'No ini file of the phone system is here and no DB_* variable is set: what is left is login by the socket.',
      fix: 'On the phone system nothing, if db-login is ok. Elsewhere set DB_HOST, DB_NAME, DB_USER and DB_PASSWORD.',
    },
    INI_CLOSED: {
      result: 'warning',
      cause: 'An ini file is there and this user may not read it.',
      fix: 'Run doctor as the user of the service; let it read the file: setfacl -m u:3cxrelay:r and its path.',
    },
    INI_WITHOUT_LOGIN: {
      result: 'warning',
      cause: 'An ini file is there, and none of the sections we know holds a whole login.',
      fix: 'On V20 nothing, if db-login is ok: it logs in by the socket. Else set the DB_* variables.',
    },
  },
  run: async ({ config, database }) => {
    const rungs = (await database.ladder()).filter(({ rung }) => rung.startsWith('ini '));
    const usable = rungs.filter(step => 'login' in step).map(({ rung }) => rung);
    const failed = rungs.flatMap(step => ('failure' in step ? [`${step.rung}: ${step.failure}`] : []));
    if (usable.length > 0) return fine(...usable.map(rung => `login in ${rung}`));
    if (config.databaseLogin !== null) return fine('not needed: DB_* variables are set', ...failed);
    if (failed.some(line => line.includes('may not read'))) return found('INI_CLOSED', ...failed);
    const isMissing = failed.every(line => line.endsWith('there is no such file'));
    return found(isMissing ? 'INI_NOT_FOUND' : 'INI_WITHOUT_LOGIN', ...failed);
  },
});

const login = define({
  name: 'db-login',
  looksAt: "The way into the phone system's database, on every rung",
  needs: ['config'],
  endsWith: ['DB_NOT_SET_UP'],
  limitMs: 10_000,
  faults: {
    DB_NOT_SET_UP: {
      result: 'warning',
      cause: 'There is no login to try here, so call records come by XAPI alone.',
      fix: 'Fine beside another machine. For full records set DB_HOST, DB_NAME, DB_USER and DB_PASSWORD.',
    },
    DB_SILENT: {
      result: 'fail',
      cause: 'The database server does not answer: stopped, overloaded, or a firewall is between.',
      fix: "On the phone system: 'pg_lsclusters' shows whether it runs; see DB_HOST and DB_PORT.",
    },
    DB_LOGIN_REFUSED: {
      result: 'fail',
      cause:
        'The server is there and lets none of the logins in; after a restore of 3CX roles and grants are gone.',
      fix: 'Set DB_USER and DB_PASSWORD to a role that may log in.',
    },
  },
  run: async ({ database }) => {
    const { standing, failures } = await database.climbed();
    const above = failures
      .filter(({ rung }) => !rung.includes(', table '))
      .map(({ rung, reason }) => `${rung}: ${reason}`);
    if (standing !== null) return fine(`in by ${standing.rung}`, ...above);
    const kinds = failures.map(({ reason }) => kindOfReason(reason));
    if (kinds.includes('refused')) return found('DB_LOGIN_REFUSED', ...above);
    return found(kinds.includes('silent') ? 'DB_SILENT' : 'DB_NOT_SET_UP', ...above);
  },
});

const rights = define({
  name: 'db-rights',
  looksAt: 'That our sessions cannot write, proven by trying, and what the role could do',
  needs: ['db-login'],
  faults: {
    DB_SESSION_WRITES: {
      result: 'fail',
      cause:
        'A session of ours is not read-only, against what we ask for; a proxy such as pgbouncer may drop it.',
      fix: 'Set DB_HOST and DB_PORT to the PostgreSQL server itself; give the role default_transaction_read_only = on.',
    },
    DB_RIGHTS_WIDE: {
      result: 'warning',
      cause:
        'The role may write tables of the phone system. Our sessions cannot, but the password can do more than we need.',
      fix: 'Make a role with SELECT on the records only and set DB_USER and DB_PASSWORD.',
    },
  },
  run: async ({ database }, signal) => {
    const [row = []] = await database.ask(RIGHTS, signal);
    const [user, readOnly, isSuperuser, count, names] = row;
    const { table, rung } = await database.standing();
    const who = `${user} by ${rung}`;
    if (readOnly !== 'on') return found('DB_SESSION_WRITES', `${who}: transaction_read_only is ${readOnly}`);
    const refusal = table === null ? 'not tried' : await tryToWrite(database, table.from, signal);
    if (refusal === null)
      return found('DB_SESSION_WRITES', `${who}: a statement that writes was taken, and had nothing to do`);
    const proof = `${who}: a write was refused (${refusal})`;
    if (isSuperuser === 'true') return found('DB_RIGHTS_WIDE', proof, 'the role is a superuser');
    if (count !== '0')
      return found('DB_RIGHTS_WIDE', proof, `the role may write ${count} tables, such as ${names}`);
    return fine(proof, 'the role may write no table');
  },
});

/**
 * Makes a table that is there already: nothing to do where it were allowed, and a session that only reads refuses it
 * before it looks, without a lock on anything. Null when it was not refused.
 */
async function tryToWrite(
  database: DatabaseProbe,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  return database.ask(`CREATE TABLE IF NOT EXISTS ${name} ()`, signal).then(() => null, codeOf);
}

const RIGHTS = `WITH writable AS (
    SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    ORDER BY c.relname)
  SELECT current_user::text, current_setting('transaction_read_only'),
    (SELECT rolsuper::text FROM pg_catalog.pg_roles WHERE rolname = current_user),
    (SELECT count(*)::text FROM writable),
    (SELECT string_agg(relname, ', ') FROM (SELECT relname FROM writable LIMIT ${TABLES_SHOWN_MAX}) few)`;

const table = define({
  name: 'db-table',
  looksAt: 'The table of call records and its columns',
  needs: ['db-login'],
  faults: {
    DB_TABLE_MISSING: {
      result: 'fail',
      cause:
        'The database holds no table of call records we know: another database, or a version before 20 Update 6.',
      fix: 'Set DB_NAME to the database with the table cdroutput (database_single on V20).',
    },
    DB_TABLE_CLOSED: {
      result: 'fail',
      cause: 'The table is there and the role may not read it; a restore of 3CX drops such grants.',
      fix: 'GRANT SELECT ON cdroutput to the role.',
    },
    DB_TABLE_UNKNOWN: {
      result: 'fail',
      cause: 'The table has not the columns we need: an update of the phone system changed it.',
      fix: 'Update 3cx-relay; until then call records come by XAPI.',
    },
    DB_TABLE_PARTIAL: {
      result: 'warning',
      cause: 'The table lacks columns we know, and records say less than they could.',
      fix: 'Update 3cx-relay, and tell us the version of the phone system.',
    },
  },
  run: async ({ database }) => {
    const { standing, failures } = await database.climbed();
    const tried = failures
      .filter(({ rung }) => rung.includes(', table '))
      .map(({ rung, reason }) => `${rung.split(', ').at(-1)}: ${reason}`);
    if (standing?.table) {
      const { name, column } = standing.table;
      const absent = Object.entries(column).flatMap(([field, text]) =>
        text.startsWith('NULL') ? [field] : [],
      );
      // 3CX: what only the newest layout has; the older one is whole without.
      if (absent.length > 0)
        return found('DB_TABLE_PARTIAL', `${name} has no column for ${absent.join(', ')}`);
      return fine(`${name}, all columns`, ...tried);
    }
    if (tried.some(line => line.includes('may not read'))) return found('DB_TABLE_CLOSED', ...tried);
    const isUnknown = tried.some(line => line.includes('no readable column'));
    return found(isUnknown ? 'DB_TABLE_UNKNOWN' : 'DB_TABLE_MISSING', ...tried);
  },
});

const records = define({
  name: 'db-records',
  looksAt: 'The age of the newest call record',
  needs: ['db-table'],
  limitMs: 8000,
  faults: {
    DB_RECORDS_NONE: {
      result: 'warning',
      cause: 'The table is empty: a fresh system, or records go elsewhere since an update.',
      fix: 'Make a call and look again; if it stays empty, set DB_NAME to the right database.',
    },
    DB_RECORDS_OLD: {
      result: 'warning',
      cause: 'No record for three days: nobody called, or the phone system no longer writes this table.',
      fix: 'Make a call and run doctor again; if it stays, this may be the database of before a restore: see DB_NAME.',
    },
    DB_RECORDS_CLOSED: {
      result: 'fail',
      cause:
        'The records are not answered in time: the table is locked by maintenance, or the server overloaded.',
      fix: 'Wait for maintenance and backup of the phone system to end, then look again.',
    },
  },
  run: async ({ database, clock }, signal) => {
    const { table } = await database.standing();
    if (table === null) throw new Error('db-table found none');
    const text = `SELECT floor(extract(epoch FROM max(${table.column.startedAt})) * 1000)::bigint::text FROM ${table.from} r`;
    try {
      const [[newest] = []] = await database.ask(text, signal);
      if (newest === undefined || newest === null) return found('DB_RECORDS_NONE', `${table.name} is empty`);
      const age = clock.now() - Number(newest);
      const seen = `the newest began ${new Date(Number(newest)).toISOString()}, ${ageText(age)}`;
      return age > RECORDS_OLD_MS ? found('DB_RECORDS_OLD', seen) : fine(seen);
    } catch (error) {
      return found('DB_RECORDS_CLOSED', reasonOf(error));
    }
  },
});

export const DATABASE_CHECKS: readonly Check[] = [ini, login, rights, table, records];

function ageText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 0) return `${-minutes} minutes ahead of our clock`;
  if (minutes < 120) return `${minutes} minutes ago`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} hours ago` : `${Math.round(hours / 24)} days ago`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : reasonOf(error);
}
