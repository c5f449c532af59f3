import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { parse } from 'ini';
import * as z from 'zod';
import { DEFAULT_DATABASE, DEFAULT_HOST, DEFAULT_PORT, type LoginTry } from './login.ts';

/** The real file has some 5 kB; anything beyond is not the PBX's ini and is not read. */
const INI_MAX_BYTES = 65_536;
const VALUE_MAX_CHARS = 1000;
const value = z.string().max(VALUE_MAX_CHARS);
const port = z.coerce.number().int().min(1).max(65_535);
/** Sections and keys in lower case: their spelling changed between versions. Other sections are none of ours. */
const sectionSchema = z.record(z.string(), z.unknown()).exactOptional();
const iniSchema = z.object({
  callreports: sectionSchema,
  dbadminreadonly: sectionSchema,
  cfgserverprofile: sectionSchema,
  qmdatabase: sectionSchema,
});

type Section = Record<string, unknown> | undefined;

/** The logins that one of the PBX's ini files offers, the most modest first; the file is not trusted. */
export async function iniLogins(path: string): Promise<LoginTry[]> {
  try {
    return loginsOf(path, await readLimited(path));
  } catch (error) {
    return [{ rung: `ini ${path}`, failure: reasonOf(error), ...(isMissing(error) && { isAbsent: true }) }];
  }
}

/** Pure, so that odd files are cheap to try. */
export function loginsOf(path: string, text: string): LoginTry[] {
  const parsed = iniSchema.safeParse(lowered(parse(escaped(text))));
  if (!parsed.success) return [{ rung: `ini ${path}`, failure: 'the file is not as expected' }];
  const { callreports, dbadminreadonly, cfgserverprofile, qmdatabase } = parsed.data;
  const profile = { host: cfgserverprofile?.['dbhost'], port: cfgserverprofile?.['dbport'] };
  const database = qmdatabase?.['dbname'];
  return [
    loginOf(`ini ${path} [CallReports]`, callreports, {
      host: callreports?.['server'],
      port: callreports?.['port'],
      database: callreports?.['database'],
      user: callreports?.['username'],
      password: callreports?.['password'],
    }),
    loginOf(`ini ${path} [DbAdminREADONLY]`, dbadminreadonly, {
      ...profile,
      database,
      user: dbadminreadonly?.['user'],
      password: dbadminreadonly?.['password'],
    }),
    loginOf(`ini ${path} [CfgServerProfile]`, cfgserverprofile, {
      ...profile,
      // 3CX: the profile's own DBName is the configuration's database, the records are in QMDatabase's.
      database: database ?? cfgserverprofile?.['dbname'],
      user: cfgserverprofile?.['masterdbuser'],
      password: cfgserverprofile?.['masterdbpassword'],
    }),
  ];
}

interface Given {
  host: unknown;
  port: unknown;
  database: unknown;
  user: unknown;
  password: unknown;
}

const loginSchema = z.object({
  host: value.min(1).default(DEFAULT_HOST),
  port: port.default(DEFAULT_PORT),
  database: value.min(1).default(DEFAULT_DATABASE),
  user: value.min(1),
  password: value.min(1),
});

function loginOf(rung: string, section: Section, given: Given): LoginTry {
  if (!section) return { rung, failure: 'there is no such section' };
  const checked = loginSchema.safeParse(given);
  if (checked.success) return { rung, login: checked.data };
  const names = [...new Set(checked.error.issues.map(issue => String(issue.path[0])))];
  return { rung, failure: `${names.join(', ')} missing or not usable there` };
}

function lowered(ini: Record<string, unknown>): Record<string, unknown> {
  const low = ([name, content]: [string, unknown]): [string, unknown] => [
    name.toLowerCase(),
    typeof content === 'object' && content !== null ? lowered({ ...content }) : content,
  ];
  return Object.fromEntries(Object.entries(ini).map(low));
}

/** 3CX: values end with their line. To the parser `;`, `#` and `\` mean something, and a password may hold them. */
function escaped(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/^(\s*[^\s;#[=][^=\r\n]*=)([^\r\n]*)/gm, (_, key: string, rest: string) => {
      return key + rest.replace(/[\\;#]/g, '\\$&');
    });
}

async function readLimited(path: string): Promise<string> {
  // A pipe in the file's place would otherwise hold us up for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error('it is no regular file');
    if (status.size > INI_MAX_BYTES) throw new Error(`it has more than ${INI_MAX_BYTES} bytes`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(INI_MAX_BYTES), 0, INI_MAX_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (isMissing(error)) return 'there is no such file';
  if (code === 'EACCES') return 'this user may not read the file';
  if (typeof code === 'string') return `the file cannot be read (${code})`;
  return error instanceof Error ? error.message : 'the file cannot be read';
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
