-- Every table, index and comment of 3cx-relay, as the newest version has them: the only place tables are declared.
-- An older file is brought here by the numbered steps in src/daemon/store/database.ts; a new file gets this text.
-- Times are ms since 1970 UTC unless a name says otherwise. Lists are JSON arrays.
--
-- Two files, because they fail differently: state.db is small and must survive a power cut (synchronous FULL);
-- journal.db is written all day long and may lose its newest commits then, which a new epoch tells (synchronous NORMAL).

-- database: state

-- Small facts the program keeps for itself, e.g. the secret behind the checks of API keys.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys of external programs. The key itself is never stored: `hash` is bcrypt of its 64 hex digits.
-- A revoked key keeps its row, so that its owner can be told apart from a stranger.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  permissions TEXT NOT NULL CHECK (json_valid(permissions)),
  -- null: no restriction
  extensions TEXT CHECK (extensions IS NULL OR json_valid(extensions)),
  queues TEXT CHECK (queues IS NULL OR json_valid(queues)),
  networks TEXT CHECK (networks IS NULL OR json_valid(networks)),
  -- null: what KEY_RATE_PER_MINUTE says
  rate_per_minute INTEGER CHECK (rate_per_minute > 0),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- null: never
  expires_at INTEGER,
  revoked_at INTEGER,
  -- written at most once a minute
  last_used_at INTEGER,
  -- the key this one took over from
  rotated_from TEXT REFERENCES api_keys (id) ON DELETE SET NULL
) STRICT, WITHOUT ROWID;

-- Who may steer the relay. `hash` is bcrypt of the password. A user who is removed leaves; the audit log remembers.
CREATE TABLE admin_users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('admin', 'viewer')),
  hash TEXT NOT NULL,
  -- rises with every change of password, role or `disabled_at`; logins made before it are over
  generation INTEGER NOT NULL DEFAULT 1,
  -- null: may log in
  disabled_at INTEGER,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  changed_at INTEGER NOT NULL,
  last_login_at INTEGER
) STRICT, WITHOUT ROWID;

-- Logins that were ended before their time, by the `jti` of their token.
CREATE TABLE ended_logins (
  jti TEXT PRIMARY KEY,
  -- when the token ends by itself, after which nobody asks for it
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_logins_by_end ON ended_logins (expires_at);

-- What was done, by whom and from where. `hash` is SHA-256 over the hash of the row before and all fields of this one;
-- how many rows there are and the newest hash also stand in `meta`, so that no row can go unseen.
CREATE TABLE audit_log (
  -- 1, 2, 3, without holes
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  actor TEXT NOT NULL,
  via TEXT NOT NULL CHECK (via IN ('operator-token', 'login', 'setup', 'cli', 'system')),
  -- an address, or 'control-socket'
  source TEXT NOT NULL,
  -- dotted words such as 'key.create'
  action TEXT NOT NULL,
  subject TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_log_by_actor ON audit_log (actor);
CREATE INDEX audit_log_by_action ON audit_log (action);
CREATE INDEX audit_log_by_time ON audit_log (time);
-- Against mistakes only; against intent stands the chain.
CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is only added to');
END;
CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log
BEGIN
  SELECT RAISE(ABORT, 'the audit log is only added to');
END;

-- Requests counted by minute, key, route and answer; written in batches. `route` is the pattern, never the path.
-- No reference to api_keys: requests without a valid key are counted under an empty key_id.
CREATE TABLE api_requests (
  minute INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  route TEXT NOT NULL,
  status INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (minute, key_id, route, status)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_requests_by_key ON api_requests (key_id, minute);

-- Who was in which state from when to when, as we saw it; asked where the PBX itself keeps no such history.
CREATE TABLE agent_state_history (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  dn TEXT NOT NULL,
  name TEXT NOT NULL,
  queue_status TEXT NOT NULL,
  profile TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  -- null: still so
  ended_at INTEGER
) STRICT;
CREATE INDEX agent_state_history_by_agent ON agent_state_history (source, dn, started_at);
CREATE INDEX agent_state_history_by_time ON agent_state_history (started_at);

-- Every change of a component's state.
CREATE TABLE connection_status_history (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  component TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('up', 'degraded', 'down', 'disabled')),
  rung TEXT,
  reason TEXT,
  latency_ms REAL
) STRICT;
CREATE INDEX connection_status_history_by_component ON connection_status_history (component, time);
CREATE INDEX connection_status_history_by_time ON connection_status_history (time);

-- What was wrong and from when to when: a row for each time a condition was shown. `code` is one of condition-table.ts.
CREATE TABLE condition_history (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('critical', 'error', 'warning', 'info')),
  -- as it was when it began
  detail TEXT NOT NULL,
  raised_at INTEGER NOT NULL,
  -- null: still so
  cleared_at INTEGER
) STRICT;
CREATE INDEX condition_history_open ON condition_history (code) WHERE cleared_at IS NULL;
CREATE INDEX condition_history_by_time ON condition_history (raised_at);

-- Incidents: what went wrong, grouped by code and place; a repeat raises `count` instead of adding a row.
CREATE TABLE error_log (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL,
  place TEXT NOT NULL,
  component TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('critical', 'error', 'warning', 'info')),
  detail TEXT NOT NULL,
  count INTEGER NOT NULL DEFAULT 1,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  -- null: nobody has yet; a repeat after that opens a new row
  acknowledged_at INTEGER,
  acknowledged_by TEXT
) STRICT;
CREATE UNIQUE INDEX error_log_open ON error_log (code, place) WHERE acknowledged_at IS NULL;
CREATE INDEX error_log_by_time ON error_log (last_seen);

-- database: journal

-- The ordered log that all clients read. `seq` rises by one and is never given twice within an epoch.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  -- extensions and queues it concerns, ',101,900,'; '' concerns everybody
  dns TEXT NOT NULL,
  -- JSON text, passed on as it is
  body TEXT NOT NULL
) STRICT;

-- Epoch, boot id, clean mark, and until when each source was surely heard ('heard 3cx').
CREATE TABLE journal_meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Calls that are open as of the newest entry, so that a start need not read the whole journal.
CREATE TABLE open_calls (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT, WITHOUT ROWID;
