import { isIP } from 'node:net';
import * as z from 'zod';
import { DURATION_FORM, parseDurationMs } from '../../shared/duration.ts';

const PORT_MAX = 65_535;
const TEXT_CHARS_MAX = 1024;
const SECRET_CHARS_MIN = 32;
const HOST_PATTERN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;
const HOST_AND_PORT_PATTERN = /^(?=.{1,259}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;

/**
 * Every variable there is: how its text becomes a value, what it is when it is not set, and, as its description, what
 * is allowed.
 */
export const variables = z.object({
  FQDN: z
    .string()
    .regex(HOST_AND_PORT_PATTERN)
    .optional()
    .describe(
      'the host name of the phone system without https://, such as pbx.example.com or pbx.example.com:5001',
    ),
  PBX_URL: z
    .string()
    .transform(pbxUrl)
    .optional()
    .describe('https://host or https://host:port, or http:// to this machine only; no user, path or query'),
  CLIENT_ID: text().describe('the client ID of the API integration in 3CX'),
  CLIENT_SECRET: text().describe('the API key that 3CX showed when the API integration was created'),
  ADMIN_SECRET: text()
    .min(SECRET_CHARS_MIN)
    .optional()
    .describe(
      `at least ${SECRET_CHARS_MIN} random characters, such as 'openssl rand -hex 32' prints; or not set`,
    ),
  HOST: host().default('127.0.0.1').describe('the IP address or host name to listen on, such as 127.0.0.1'),
  PORT: port(0).default(8082).describe(`a port, 1 to ${PORT_MAX}, or 0 for any that is free`),
  NODE_ENV: z
    .enum(['production', 'development', 'test'])
    .default('production')
    .describe('production, development or test'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('fatal, error, warn, info, debug, trace or silent'),
  LOG_DIR: z
    .string()
    .startsWith('/')
    .max(TEXT_CHARS_MAX)
    .optional()
    .describe('the full path of a folder for log files, one a day, kept for 14 days; not set: none'),
  ALLOWED_ORIGINS: z
    .string()
    .transform(origins)
    .default([])
    .describe(
      'origins with commas between them, such as https://crm.example.com,https://wall.example.com:8443; no *',
    ),
  DB_HOST: z
    .union([host(), z.string().startsWith('/').max(TEXT_CHARS_MAX)])
    .optional()
    .describe('a host name, an IP address, or the folder of a PostgreSQL socket'),
  DB_PORT: port(1).default(5432).describe(`a port, 1 to ${PORT_MAX}`),
  DB_NAME: text().optional().describe('the name of the PBX database'),
  DB_USER: text().optional().describe('a role of the PBX database'),
  DB_PASSWORD: text().optional().describe("that role's password"),
  DB_POOL_MAX: whole(1, 50).default(10).describe('a whole number, 1 to 50'),
  DB_POOL_MIN: whole(0, 50).default(2).describe('a whole number, 0 to 50'),
  DB_IDLE_TIMEOUT: whole(0, 3_600_000).default(30_000).describe('milliseconds, 0 to 3600000'),
  DB_CONNECT_TIMEOUT: whole(100, 60_000).default(5000).describe('milliseconds, 100 to 60000'),
  DB_INI: z
    .string()
    .startsWith('/')
    .max(TEXT_CHARS_MAX)
    .optional()
    .describe("the full path of the PBX's ini file"),
  REDIS_ENABLED: yesOrNo().default(false).describe('true or false'),
  REDIS_HOST: host().default('127.0.0.1').describe('a host name or IP address'),
  REDIS_PORT: port(1).default(6379).describe(`a port, 1 to ${PORT_MAX}`),
  REDIS_PASSWORD: text().optional().describe("Redis's password"),
  CALLCONTROL_AUTH: z.enum(['auto', 'bearer', 'basic']).default('auto').describe('auto, bearer or basic'),
  JOURNAL_MAX_EVENTS: whole(1000, 100_000_000).default(500_000).describe('a whole number, 1000 to 100000000'),
  JOURNAL_MAX_AGE: duration(60_000, 366 * 86_400_000)
    .default(72 * 3_600_000)
    .describe(`${DURATION_FORM}; 1m to 366d`),
  JOURNAL_MAX_MB: whole(16, 1_048_576).default(512).describe('megabytes, 16 to 1048576'),
  WS_MAX_CLIENTS: whole(1, 100_000).default(2000).describe('a whole number, 1 to 100000'),
  WS_MAX_PER_KEY: whole(1, 100_000).default(50).describe('a whole number, 1 to 100000'),
  WS_MAX_PER_IP: whole(1, 100_000).default(200).describe('a whole number, 1 to 100000'),
  WS_HANDSHAKES_PER_SECOND: whole(1, 10_000).default(200).describe('a whole number, 1 to 10000'),
  KEY_RATE_PER_MINUTE: whole(1, 1_000_000).default(300).describe('a whole number, 1 to 1000000'),
  RELAY_HOME: z.string().max(TEXT_CHARS_MAX).optional().describe('one folder for all files of the relay'),
});

export type VariableName = keyof typeof variables.shape;
export type Values = z.output<typeof variables>;

/** Never shown; each can also be given as NAME_FILE, the path of a file that holds it. */
export const SECRETS: ReadonlySet<VariableName> = new Set([
  'CLIENT_SECRET',
  'ADMIN_SECRET',
  'DB_PASSWORD',
  'REDIS_PASSWORD',
]);

export const VARIABLE_NAMES: readonly VariableName[] = variables.keyof().options;

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

function text() {
  return z.string().min(1).max(TEXT_CHARS_MAX);
}

function host() {
  return z.string().refine(value => isIP(value) !== 0 || HOST_PATTERN.test(value));
}

function whole(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

function port(min: number) {
  return whole(min, PORT_MAX);
}

function yesOrNo() {
  return z.stringbool({ truthy: ['true', '1', 'yes', 'on'], falsy: ['false', '0', 'no', 'off'] });
}

function duration(minMs: number, maxMs: number) {
  return z.string().transform(parseDurationMs).pipe(z.number().min(minMs).max(maxMs));
}

function pbxUrl(value: string, context: z.RefinementCtx): string {
  const url = URL.parse(value);
  const isBare = url !== null && /^[a-z]+:\/\/[^/?#@]+\/?$/i.test(value);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url !== null && isBare && isSafe) return url.origin;
  context.addIssue({ code: 'custom', message: 'not such a URL' });
  return z.NEVER;
}

function origins(value: string, context: z.RefinementCtx): string[] {
  const list = value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '');
  if (list.every(item => /^https?:/.test(item) && URL.parse(item)?.origin === item)) return list;
  context.addIssue({ code: 'custom', message: 'not origins' });
  return z.NEVER;
}
