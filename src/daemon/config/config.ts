import { AppError } from '../../shared/errors.ts';
import { type Paths, pathsUnder } from '../../shared/paths.ts';
import {
  type ConfigOrigin,
  type Found,
  gather,
  type Mistake,
  masked,
  originOf,
  readEnvFile,
  warningsFor,
} from './config-origin.ts';
import { VARIABLE_NAMES, type Values, type VariableName, variables } from './config-schema.ts';

/** All that can be set, checked and frozen. Nothing else reads the environment. */
export interface Config {
  environment: Values['NODE_ENV'];
  logLevel: Values['LOG_LEVEL'];
  /** For log files beside stdout; null: none. */
  logFolder: string | null;
  pbx: { url: string; fqdn: string; clientId: string; clientSecret: string };
  callControlAuth: Values['CALLCONTROL_AUTH'];
  adminSecret: string | null;
  listen: { host: string; port: number };
  allowedOrigins: readonly string[];
  /** How to log in to the PBX database; null: find out from the ini or by the socket. */
  databaseLogin: { host: string; port: number; name: string; user: string; password: string | null } | null;
  /** Where to look for the PBX's ini first. */
  databaseIni: string | null;
  databasePool: { max: number; min: number; idleTimeoutMs: number; connectTimeoutMs: number };
  redis: { host: string; port: number; password: string | null } | null;
  journal: { maxEvents: number; maxAgeMs: number; maxBytes: number };
  clients: { max: number; maxPerKey: number; maxPerAddress: number; handshakesPerSecond: number };
  keyRatePerMinute: number;
  paths: Paths;
}

export interface LoadedConfig {
  config: Config;
  /** By variable, secrets among them: to find out what a later reading has changed. */
  values: Readonly<Values>;
  origins: readonly ConfigOrigin[];
  /** Not wrong, but an admin would want to know. */
  warnings: readonly string[];
}

interface LoadOptions {
  environment: Readonly<Record<string, string | undefined>>;
  /** Must be there when it is named; else it is the default one, which may be missing. */
  file?: string;
}

const BYTES_PER_MB = 1024 * 1024;
/** What `sun_path` holds on Linux, less the closing zero. */
const SOCKET_PATH_BYTES_MAX = 107;

interface ReadConfig {
  /** The file that was looked for. */
  path: string;
  mistakes: Mistake[];
  /** Not wrong, but an admin would want to know. */
  warnings: readonly string[];
  /** Null when there are mistakes. */
  loaded: LoadedConfig | null;
}

/** Throws one E_CONFIG that names every mistake. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { loaded, ...read } = readConfig(options);
  if (loaded === null) throw new AppError('E_CONFIG', { detail: describe(read) });
  return loaded;
}

/** For whoever wants the mistakes one by one. */
export function readConfig({ environment, file }: LoadOptions): ReadConfig {
  const path = file ?? pathsUnder(environment['RELAY_HOME']).configFile;
  const { content, mistakes: fileMistakes, warnings: strangers } = readEnvFile(path, file !== undefined);
  const { found, mistakes: placeMistakes } = gather(environment, content ?? {});
  const raw = Object.fromEntries([...found].map(([name, { text }]) => [name, text]));
  const parsed = variables.safeParse(raw);
  const mistakes = [...fileMistakes, ...placeMistakes, ...wrongValues(found), ...wrongTogether(found)];
  if (mistakes.length > 0 || !parsed.success) return { path, mistakes, warnings: strangers, loaded: null };

  const config = toConfig(parsed.data, path);
  const origins = VARIABLE_NAMES.map(name =>
    originOf({ name, found: found.get(name), values: parsed.data, path }),
  );
  const warnings = [...strangers, ...warningsFor({ host: config.listen.host, found, path })];
  const loaded = { config: deepFreeze(config), values: parsed.data, origins, warnings };
  return { path, mistakes, warnings, loaded };
}

function wrongValues(found: Map<VariableName, Found>): Mistake[] {
  return VARIABLE_NAMES.flatMap(variable => {
    const text = found.get(variable)?.text;
    const schema = variables.shape[variable];
    if (schema.safeParse(text).success) return [];
    const value = text === undefined ? 'not set' : masked(variable, text);
    return [{ variable, value, allowed: schema.description ?? '' }];
  });
}

/** Rules over several variables; each looks only at values that are right by themselves. */
function wrongTogether(found: Map<VariableName, Found>): Mistake[] {
  const mistakes: Mistake[] = [];
  const min = variables.shape.DB_POOL_MIN.safeParse(found.get('DB_POOL_MIN')?.text);
  const max = variables.shape.DB_POOL_MAX.safeParse(found.get('DB_POOL_MAX')?.text);
  if (min.success && max.success && min.data > max.data) {
    mistakes.push({
      variable: 'DB_POOL_MIN',
      value: `${min.data}`,
      allowed: `at most DB_POOL_MAX, which is ${max.data}`,
    });
  }
  if (!found.has('FQDN') && !found.has('PBX_URL')) {
    mistakes.push({ variable: 'FQDN', value: 'not set', allowed: variables.shape.FQDN.description ?? '' });
  }
  const socket = pathsUnder(found.get('RELAY_HOME')?.text).controlSocket;
  if (Buffer.byteLength(socket) > SOCKET_PATH_BYTES_MAX) {
    const allowed = `shorter: the socket in it may have ${SOCKET_PATH_BYTES_MAX} bytes at most, and has ${Buffer.byteLength(socket)}`;
    mistakes.push({ variable: 'RELAY_HOME', value: masked('RELAY_HOME', socket), allowed });
  }
  return mistakes;
}

function describe({ mistakes, warnings, path }: Omit<ReadConfig, 'loaded'>): string {
  const lines = mistakes.map(
    ({ variable, value, allowed }) => `  ${variable} is ${value}; allowed: ${allowed}`,
  );
  const count = `${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}`;
  const next = `Correct this in the environment or in ${path}; '3cx-relay config check' looks at it without starting.`;
  return [`The configuration has ${count}:`, ...lines, ...warnings.map(text => `  ${text}`), next].join('\n');
}

function toConfig(values: Values, configFile: string): Config {
  const url = values.PBX_URL ?? `https://${values.FQDN}`;
  const hasLogin = [values.DB_HOST, values.DB_NAME, values.DB_USER, values.DB_PASSWORD].some(Boolean);
  return {
    environment: values.NODE_ENV,
    logLevel: values.LOG_LEVEL,
    logFolder: values.LOG_DIR ?? null,
    pbx: {
      url,
      fqdn: values.FQDN ?? new URL(url).host,
      clientId: values.CLIENT_ID,
      clientSecret: values.CLIENT_SECRET,
    },
    callControlAuth: values.CALLCONTROL_AUTH,
    adminSecret: values.ADMIN_SECRET ?? null,
    listen: { host: values.HOST, port: values.PORT },
    allowedOrigins: values.ALLOWED_ORIGINS,
    databaseLogin: hasLogin ? databaseLogin(values) : null,
    databaseIni: values.DB_INI ?? null,
    databasePool: {
      max: values.DB_POOL_MAX,
      min: values.DB_POOL_MIN,
      idleTimeoutMs: values.DB_IDLE_TIMEOUT,
      connectTimeoutMs: values.DB_CONNECT_TIMEOUT,
    },
    redis: values.REDIS_ENABLED
      ? { host: values.REDIS_HOST, port: values.REDIS_PORT, password: values.REDIS_PASSWORD ?? null }
      : null,
    journal: {
      maxEvents: values.JOURNAL_MAX_EVENTS,
      maxAgeMs: values.JOURNAL_MAX_AGE,
      maxBytes: values.JOURNAL_MAX_MB * BYTES_PER_MB,
    },
    clients: {
      max: values.WS_MAX_CLIENTS,
      maxPerKey: values.WS_MAX_PER_KEY,
      maxPerAddress: values.WS_MAX_PER_IP,
      handshakesPerSecond: values.WS_HANDSHAKES_PER_SECOND,
    },
    keyRatePerMinute: values.KEY_RATE_PER_MINUTE,
    paths: { ...pathsUnder(values.RELAY_HOME), configFile },
  };
}

/** 3CX: names as a V20 host under Linux has them. */
function databaseLogin(values: Values): Config['databaseLogin'] {
  return {
    host: values.DB_HOST ?? '127.0.0.1',
    port: values.DB_PORT,
    name: values.DB_NAME ?? 'database_single',
    user: values.DB_USER ?? 'phonesystem',
    password: values.DB_PASSWORD ?? null,
  };
}

function deepFreeze<Thing extends object>(thing: Thing): Thing {
  for (const value of Object.values(thing))
    if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(thing);
}
