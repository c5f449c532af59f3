// Long because it is one table: whoever is woken at night, and whoever adds a row, reads all of it in one place.
export type Severity = 'critical' | 'error' | 'warning' | 'info';

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'error', 'warning', 'info'];

interface Condition {
  severity: Severity;
  /** What an operator notices, in one sentence. */
  what: string;
  cause: string;
  /** A command or a click path. */
  fix: string;
  /** Shown once it has lasted so long; what comes and goes sooner is noise. */
  afterMs: number;
  /** For what is a moment and not a state: shown for so long after it happened last. */
  staysMs?: number;
  /** While one of these is there, this one is only its effect. */
  hiddenBy: readonly string[];
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** No way to the phone system at all: all that is asked of it fails for the same reason. */
const NO_WAY_TO_PBX = ['PBX_UNREACHABLE', 'PBX_CERTIFICATE', 'PBX_WRONG_ADDRESS'] as const;
/** Nothing can be asked of it: no way, or no token. */
const NO_ACCESS = [...NO_WAY_TO_PBX, 'PBX_BLOCKS_US', 'XAPI_TOKEN_REFUSED', 'TOKEN_CONTESTED'] as const;

/**
 * Everything that can be wrong, one row each: raised and cleared by the code that knows, shown by `status`, kept in the
 * state file. The codes are stable; texts may change. docs/operations.md is made from this table.
 */
export const CONDITIONS = {
  PBX_UNREACHABLE: {
    severity: 'critical',
    what: 'The phone system cannot be reached: no events, no calls, no commands.',
    cause: 'It is switched off or restarting, PBX_URL is wrong, or a firewall stands between.',
    fix: 'Run `curl -v "$PBX_URL"` on this host. No answer: see that 3CX runs and its HTTPS port is open to us.',
    afterMs: 5 * SECOND_MS,
    hiddenBy: [],
  },
  PBX_CERTIFICATE: {
    severity: 'critical',
    what: 'The certificate of the phone system is not accepted, so nothing is sent to it.',
    cause: 'It has expired, is for another name than FQDN, or its issuer is not trusted on this host.',
    fix: "Renew it in 3CX, set FQDN to the name on it, or set NODE_EXTRA_CA_CERTS to the issuer's file.",
    afterMs: 0,
    hiddenBy: [],
  },
  PBX_WRONG_ADDRESS: {
    severity: 'critical',
    what: 'Something answers at PBX_URL, but it is not the API of a 3CX V20.',
    cause: 'PBX_URL leads to a proxy, another web server, or a system older than V20.',
    fix: 'Open PBX_URL in a browser: it must show the 3CX sign-in. Correct PBX_URL in relay.env and restart.',
    afterMs: 5 * SECOND_MS,
    hiddenBy: ['PBX_UNREACHABLE', 'PBX_CERTIFICATE'],
  },
  PBX_BLOCKS_US: {
    severity: 'critical',
    what: 'The phone system gives our address no token (403).',
    cause: 'Our IP address is not on the list of those that may use the console and the API.',
    fix: 'In 3CX: Advanced > Console Restrictions, add the address of this host.',
    afterMs: 0,
    hiddenBy: NO_WAY_TO_PBX,
  },
  PBX_THROTTLES: {
    severity: 'warning',
    what: 'The phone system asks us to slow down (429); lists and history may be late.',
    cause: 'Too many requests: another program beside us, or many history queries of clients.',
    fix: 'Look at `3cx-relay keys usage` for who asks so much, and lower the rate of that key.',
    afterMs: 10 * SECOND_MS,
    hiddenBy: NO_ACCESS,
  },
  PBX_RESTARTED: {
    severity: 'info',
    what: 'The services of the phone system restarted; calls of before were ended in the log.',
    cause: 'An update, a restart by hand, or a crash of 3CX.',
    fix: 'Nothing, if it was planned. Else look at the event log of 3CX.',
    afterMs: 0,
    staysMs: 10 * MINUTE_MS,
    hiddenBy: [],
  },
  PBX_UNREADABLE: {
    severity: 'warning',
    what: 'The phone system sent something that cannot be read; a snapshot mended what it meant.',
    cause: 'A proxy that changes answers, or a version of 3CX newer than this relay knows.',
    fix: 'Run `3cx-relay errors` for the place; compare the version with the README, and update the relay.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: ['PBX_WRONG_ADDRESS'],
  },
  PBX_NEW_WORDS: {
    severity: 'info',
    what: 'The phone system uses events or states this relay does not know; they are passed on as they are.',
    cause: 'A version of 3CX newer than this relay knows.',
    fix: 'Update the relay. `3cx-relay errors` has the words, for a report to its makers.',
    afterMs: 0,
    staysMs: 1 * HOUR_MS,
    hiddenBy: [],
  },
  PBX_OVERLOADED: {
    severity: 'warning',
    what: 'So many legs changed at once that one snapshot was read instead of asking for each.',
    cause: 'A burst of calls, or a phone system that answers slowly.',
    fix: 'Nothing is lost. If it comes often, look at the load of the phone system.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: [],
  },
  CLOCK_SKEW: {
    severity: 'warning',
    what: 'The clocks of this host and of the phone system differ by more than 30 seconds.',
    cause: 'Time synchronisation is off on one of them; times of calls and of records will not agree.',
    fix: 'Run `timedatectl` on both hosts and switch NTP on: `timedatectl set-ntp true`.',
    afterMs: 30 * SECOND_MS,
    hiddenBy: [],
  },
  XAPI_TOKEN_REFUSED: {
    severity: 'critical',
    what: 'The phone system refuses CLIENT_ID and CLIENT_SECRET: no events, no lists, no commands.',
    cause: 'The secret was renewed in 3CX, mistyped here, or the API client was removed.',
    fix: 'In 3CX: Integrations > API, make a new secret; put it into relay.env as CLIENT_SECRET; restart.',
    afterMs: 0,
    hiddenBy: [...NO_WAY_TO_PBX, 'PBX_BLOCKS_US'],
  },
  TOKEN_CONTESTED: {
    severity: 'error',
    what: 'Our token is made void again and again: events and lists stop and start.',
    cause: 'Another program uses the same client id; each new token makes the one before it void.',
    fix: 'In 3CX: Integrations > API, add a client of its own for each program.',
    afterMs: 0,
    hiddenBy: NO_WAY_TO_PBX,
  },
  XAPI_FORBIDDEN: {
    severity: 'error',
    what: 'The API client may not read what the relay needs: calls in progress, people, reports.',
    cause: 'Its role is below System Owner, or "Configuration API access" is not ticked.',
    fix: 'In 3CX: Integrations > API, open the client, tick "Configuration API access", role System Owner.',
    afterMs: 5 * SECOND_MS,
    hiddenBy: NO_ACCESS,
  },
  XAPI_DOWN: {
    severity: 'error',
    what: 'The configuration API does not answer as it should: no lists, no agent states, no reports.',
    cause: 'The web service of the phone system is starting, overloaded, or has failed.',
    fix: 'Look at the service "3CX Web Server" and the load of the host; `3cx-relay doctor` tries it.',
    afterMs: 10 * SECOND_MS,
    hiddenBy: [...NO_ACCESS, 'PBX_THROTTLES'],
  },
  CALLCONTROL_DOWN: {
    severity: 'critical',
    what: 'The call control socket is not connected: live events do not come.',
    cause: 'The phone system cut it, a proxy between does not let WebSockets through, or it is restarting.',
    fix: 'Run `3cx-relay connections reconnect callcontrol`; if it stays, `3cx-relay doctor`.',
    afterMs: 10 * SECOND_MS,
    hiddenBy: NO_ACCESS,
  },
  CALLCONTROL_REFUSED: {
    severity: 'critical',
    what: 'The call control socket refuses our credentials (401), though a token was given for them.',
    cause: '"Call Control API access" is not ticked, or the phone system wants another way of signing in.',
    fix: 'In 3CX: Integrations > API, tick "Call Control API access"; leave CALLCONTROL_AUTH at auto.',
    afterMs: 5 * SECOND_MS,
    hiddenBy: NO_ACCESS,
  },
  CALLCONTROL_FORBIDDEN: {
    severity: 'error',
    what: 'Call control is forbidden (403): live events do not come.',
    cause: 'No Enterprise licence of 8SC or more, or "Call Control API access" is not ticked.',
    fix: 'In 3CX: look at the licence on the dashboard, then Integrations > API, "Call Control API access".',
    afterMs: 0,
    hiddenBy: NO_ACCESS,
  },
  CALLCONTROL_POLLED: {
    severity: 'warning',
    what: 'Calls come from a list that is read every few seconds: short calls and details are missed.',
    cause: 'Call control cannot be used, so the list of calls stands in for it.',
    fix: 'See CALLCONTROL_FORBIDDEN; with call control allowed, events come by themselves again.',
    afterMs: 0,
    hiddenBy: [...NO_ACCESS, 'CALLCONTROL_FORBIDDEN'],
  },
  CALLCONTROL_UNSURE: {
    severity: 'warning',
    what: 'Events arrive, but the state of calls cannot be read beside them.',
    cause: 'GET /callcontrol fails or is forbidden while the socket works.',
    fix: 'See the detail; usually the role of the API client, or a phone system under load.',
    afterMs: 10 * SECOND_MS,
    hiddenBy: [...NO_ACCESS, 'CALLCONTROL_FORBIDDEN'],
  },
  NOBODY_MONITORED: {
    severity: 'error',
    what: 'Call control is connected but will stay silent: the API client may see no extension.',
    cause: 'Its list "extensions to monitor" is empty, which means nobody, not everybody.',
    fix: 'In 3CX: Integrations > API, open the client, fill "extensions to monitor".',
    afterMs: 0,
    hiddenBy: NO_ACCESS,
  },
  SOURCE_ZOMBIE: {
    severity: 'warning',
    what: 'The call control socket answered pings but brought no events, and was replaced.',
    cause: 'A defect of the phone system or of a proxy between, usually after an update.',
    fix: 'Nothing is lost: a gap was told. If it comes often, restart the 3CX services.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: [],
  },
  EVENTS_MISSED: {
    severity: 'warning',
    what: 'A snapshot showed changes that no event had told; the calls were corrected.',
    cause: 'The phone system lost events, or was too busy to send them in time.',
    fix: 'Nothing, once in a while. If it comes often, look at the load of the phone system.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: ['SOURCE_ZOMBIE'],
  },
  AGENTS_UNREADABLE: {
    severity: 'warning',
    what: 'The states of agents cannot be read, so changes of them are missed.',
    cause: 'The list of users is refused or does not answer.',
    fix: 'See the detail; usually the role of the API client: Integrations > API, role System Owner.',
    afterMs: 30 * SECOND_MS,
    hiddenBy: [...NO_ACCESS, 'XAPI_DOWN', 'XAPI_FORBIDDEN', 'PBX_THROTTLES'],
  },
  DATABASE_DOWN: {
    severity: 'error',
    what: 'The database of the phone system does not let us in: history comes from reports, or not at all.',
    cause: 'PostgreSQL is down or restarting, or the login is wrong.',
    fix: 'Run `systemctl status postgresql` on the phone system; compare DB_* with its ini file.',
    afterMs: 15 * SECOND_MS,
    hiddenBy: [],
  },
  DATABASE_OFF: {
    severity: 'info',
    what: 'No database of a phone system is known here: history comes from reports only.',
    cause: 'The relay runs on another host than 3CX, and no DB_* variable names a database.',
    fix: 'Nothing, if that is meant. Else set DB_HOST, DB_NAME, DB_USER and DB_PASSWORD in relay.env.',
    afterMs: 15 * SECOND_MS,
    hiddenBy: [],
  },
  DATABASE_NO_RECORDS: {
    severity: 'error',
    what: 'The database lets us in, but has no table of call records that we may read.',
    cause: 'It is another database, the user may not read the table, or 3CX has changed its layout.',
    fix: 'See the detail for each table; then DB_NAME in relay.env, or GRANT SELECT in the database.',
    afterMs: 15 * SECOND_MS,
    hiddenBy: [],
  },
  DATABASE_RIGHTS_WIDE: {
    severity: 'warning',
    what: "The login to the database may change the phone system's data. The relay only reads.",
    cause: 'The login belongs to the phone system itself, or to a superuser.',
    fix: 'Make a role with CONNECT and SELECT only, and name it in DB_USER and DB_PASSWORD.',
    afterMs: 0,
    hiddenBy: [],
  },
  HISTORY_UNREADABLE: {
    severity: 'warning',
    what: 'What only records tell of a call could not be read for some calls, or for agents.',
    cause: 'Neither the database nor a report gave the records in time.',
    fix: 'See `3cx-relay errors`; usually the database, or the role of the API client for reports.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: [...NO_ACCESS, 'DATABASE_DOWN', 'XAPI_DOWN', 'XAPI_FORBIDDEN'],
  },
  JOURNAL_NOT_DURABLE: {
    severity: 'critical',
    what: 'The log cannot be written to disk: events go on from memory and end with the process.',
    cause: 'The disk is full or read-only, or the file journal.db cannot be written.',
    fix: 'Run `df -h` and `ls -l` on the state folder; free space. It comes back by itself.',
    afterMs: 0,
    hiddenBy: [],
  },
  JOURNAL_FAULT: {
    severity: 'error',
    what: 'Part of the log could not be read or tidied up.',
    cause: 'An error of the disk, or a damaged journal.db.',
    fix: 'Run `3cx-relay maintenance`: it tells whether the file is damaged, and look at the disk: `dmesg`.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: ['JOURNAL_NOT_DURABLE', 'JOURNAL_DAMAGED', 'DISK_VERY_LOW'],
  },
  JOURNAL_DAMAGED: {
    severity: 'error',
    what: 'The file of the log is damaged: clients that come back may not get all they missed.',
    cause: 'A failing disk, a power cut, or a program that wrote into journal.db.',
    fix: 'Run `systemctl restart 3cx-relay`: it moves the file aside and begins a new log. Look at the disk.',
    afterMs: 0,
    staysMs: 24 * HOUR_MS,
    hiddenBy: [],
  },
  JOURNAL_REPLACED: {
    severity: 'error',
    what: 'The log was damaged and was moved aside; a new one began, and clients are told of the hole.',
    cause: 'A failing disk, a power cut, or a program that wrote into journal.db.',
    fix: 'Look at the disk: `dmesg`, `smartctl -a`. Delete journal.db.corrupt-* when nobody needs it.',
    afterMs: 0,
    staysMs: 24 * HOUR_MS,
    hiddenBy: [],
  },
  STATE_DAMAGED: {
    severity: 'critical',
    what: 'The file state.db is damaged: the relay works on, but its next start will be refused.',
    cause: 'A failing disk, a power cut, or a program that wrote into state.db.',
    fix: 'Stop the relay, run `sudo 3cx-relay restore <backup>`, start it. Look at the disk: `dmesg`.',
    afterMs: 0,
    staysMs: 24 * HOUR_MS,
    hiddenBy: [],
  },
  STATE_NOT_WRITABLE: {
    severity: 'error',
    what: 'The file state.db cannot be written: keys, errors and statistics are not kept.',
    cause: 'The disk is full or read-only, or another program holds the file.',
    fix: 'Run `df -h` and `ls -l` on the state folder; free space, or end what holds state.db.',
    afterMs: 5 * SECOND_MS,
    hiddenBy: [],
  },
  EPOCH_CHANGED: {
    severity: 'info',
    what: 'The log began a new epoch: every client is told once that it cannot go on where it was.',
    cause: 'The host went down uncleanly, the log had lived in memory only, or a backup was restored.',
    fix: 'Nothing. If the host goes down often, look at its power and its kernel log.',
    afterMs: 0,
    staysMs: 24 * HOUR_MS,
    hiddenBy: ['JOURNAL_REPLACED'],
  },
  DISK_LOW: {
    severity: 'warning',
    what: 'Less than 500 MiB are free where the relay keeps its files.',
    cause: 'Something fills the disk: recordings, logs or backups, of 3CX too.',
    fix: 'Run `df -h`, then `du -xh --max-depth=2 / | sort -h | tail`; free space.',
    afterMs: 0,
    hiddenBy: ['DISK_VERY_LOW'],
  },
  DISK_VERY_LOW: {
    severity: 'critical',
    what: 'Less than 200 MiB are free where the relay keeps its files; requests are no longer recorded.',
    cause: 'Something fills the disk: recordings, logs or backups, of 3CX too.',
    fix: 'Free space now: `df -h`, `du -xh --max-depth=2 / | sort -h | tail`, `journalctl --vacuum-size=200M`.',
    afterMs: 0,
    hiddenBy: [],
  },
  CLOCK_STEPPED: {
    severity: 'warning',
    what: 'The clock of this host was set; times in the log before and after it do not compare.',
    cause: 'Time synchronisation after a long pause, a virtual machine that was suspended, or a person.',
    fix: 'Nothing, if it was meant. Else `timedatectl`: NTP must be active.',
    afterMs: 0,
    staysMs: 1 * HOUR_MS,
    hiddenBy: [],
  },
  SLOW_CLIENTS: {
    severity: 'warning',
    what: 'Clients were cut off because they did not take what they were sent.',
    cause: 'A program that hangs or is too slow, or a bad network to it.',
    fix: 'Run `3cx-relay clients` for lag by key, and look at that program. It resumes by its cursor.',
    afterMs: 0,
    staysMs: 15 * MINUTE_MS,
    hiddenBy: [],
  },
  KEY_EXPIRES_SOON: {
    severity: 'warning',
    what: 'API keys end within seven days; the programs that use them will be refused then.',
    cause: 'The keys were made with an end.',
    fix: 'Run `3cx-relay keys rotate <id>` and give the new key to its owner; both work for a day.',
    afterMs: 0,
    hiddenBy: [],
  },
  NO_ADMIN: {
    severity: 'warning',
    what: 'There is no enabled administrator: only root can administer this relay.',
    cause: 'None was made after the installation.',
    fix: 'Run `sudo 3cx-relay users add <name> --role admin`.',
    afterMs: 0,
    hiddenBy: [],
  },
  LOOP_BLOCKED: {
    severity: 'warning',
    what: 'The relay stood still for more than half a second; events were late by as much.',
    cause: 'The host is overloaded, the CPU quota is used up, or a disk that hangs.',
    fix: 'Run `top` and `iostat -x 1`; give the service a larger CPUQuota if it is at its limit.',
    afterMs: 0,
    staysMs: 5 * MINUTE_MS,
    hiddenBy: [],
  },
  MEMORY_HIGH: {
    severity: 'error',
    what: 'The relay uses more than 400 MiB of the 512 MiB it may have.',
    cause: 'Very many clients, several exports of long ranges at once, or a leak.',
    fix: 'Run `3cx-relay clients`; if it keeps rising, `systemctl restart 3cx-relay`: nothing is lost.',
    afterMs: 30 * SECOND_MS,
    hiddenBy: [],
  },
  DEFECT: {
    severity: 'error',
    what: 'A mistake of the relay itself was survived; something may be wrong or missing.',
    cause: 'A defect in this program.',
    fix: 'Run `3cx-relay errors`, and send what it shows to the makers of the relay.',
    afterMs: 0,
    staysMs: 1 * HOUR_MS,
    hiddenBy: [],
  },
} as const satisfies Record<string, Condition>;

export type ConditionCode = keyof typeof CONDITIONS;

/** The row of a code, with the type that all rows share. */
export function conditionOf(code: ConditionCode): Condition {
  return CONDITIONS[code];
}

/** A condition as it stands, for whoever shows it. */
export interface ConditionView {
  code: ConditionCode;
  severity: Severity;
  what: string;
  /** What was seen this time. */
  detail: string;
  cause: string;
  fix: string;
  /** ms since 1970. */
  since: number;
}
