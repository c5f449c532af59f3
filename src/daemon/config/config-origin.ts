import { readFileSync, statSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { isLoopback, SECRETS, VARIABLE_NAMES, type Values, type VariableName } from './config-schema.ts';

/** The text of one variable, and where it came from. */
export interface Found {
  name: VariableName;
  text: string;
  origin: 'environment' | 'file';
  /** The file the secret was read from, when it was given as NAME_FILE. */
  secretFile: string | null;
}

/** Where one value came from, for `config show --origin`; secrets are masked. */
export interface ConfigOrigin {
  name: VariableName;
  /** Null: not set and no default. */
  value: string | null;
  origin: 'environment' | 'file' | 'default';
  /** The file, where there is one. */
  path: string | null;
}

/** Something in the configuration that cannot be used; the value is already masked. */
export interface Mistake {
  variable: string;
  value: string;
  allowed: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Gathered {
  found: Map<VariableName, Found>;
  mistakes: Mistake[];
}

const CONFIG_FILE_BYTES_MAX = 65_536;
const SECRET_FILE_BYTES_MAX = 4096;
const SHOWN_CHARS_MAX = 80;
const READABLE_BY_OTHERS = 0o004;
/** What a service is commonly given in the same file. */
const OF_THE_SYSTEM = /^(NODE_|LC_|TZ$|LANG$|PATH$|HOME$|NO_COLOR$|UV_|MALLOC_|SSL_|HTTPS?_PROXY$|NO_PROXY$)/;

/** Collects the text of all variables. What the environment says goes before what the file says. */
export function gather(environment: Environment, file: Environment): Gathered {
  const found = new Map<VariableName, Found>();
  const mistakes: Mistake[] = [];
  for (const name of VARIABLE_NAMES) {
    const one =
      findIn({ name, place: environment, origin: 'environment', mistakes }) ??
      findIn({ name, place: file, origin: 'file', mistakes });
    if (one !== null) found.set(name, one);
  }
  return { found, mistakes };
}

interface EnvFile {
  content: Environment | null;
  mistakes: Mistake[];
  warnings: string[];
}

/** No content when there is no such file and none is demanded. */
export function readEnvFile(path: string, isDemanded: boolean): EnvFile {
  const text = readSmallFile(path, CONFIG_FILE_BYTES_MAX);
  if (typeof text === 'string') {
    const content = parseEnv(text);
    return { content, mistakes: [], warnings: strangersIn(content, path) };
  }
  if (text.code === 'ENOENT' && !isDemanded) return { content: null, mistakes: [], warnings: [] };
  const mistake = {
    variable: 'configuration file',
    value: `${path} (${text.code})`,
    allowed: `a file that can be read, at most ${CONFIG_FILE_BYTES_MAX} bytes`,
  };
  return { content: null, mistakes: [mistake], warnings: [] };
}

/** The service may be given others that way too, so they are no mistakes; most often a name is misspelt. */
function strangersIn(content: Environment, path: string): string[] {
  const known = new Set<string>(VARIABLE_NAMES.flatMap(name => [name, `${name}_FILE`]));
  const strangers = Object.keys(content).filter(name => !known.has(name) && !OF_THE_SYSTEM.test(name));
  return strangers.map(
    name => `${name} in ${path} is no variable of ours and has no effect: is the name spelt right?`,
  );
}

/** How a value may be shown. */
export function masked(name: VariableName, text: string): string {
  if (SECRETS.has(name)) return '***';
  const shown = text.replace(/\/\/[^/@]*@/g, '//***@');
  return shown.length > SHOWN_CHARS_MAX ? `${shown.slice(0, SHOWN_CHARS_MAX)}…` : shown;
}

export function originOf(one: {
  name: VariableName;
  found: Found | undefined;
  values: Values;
  path: string;
}): ConfigOrigin {
  const { name, found, values, path } = one;
  if (found === undefined) {
    const value = values[name];
    return { name, value: value === undefined ? null : String(value), origin: 'default', path: null };
  }
  const source = found.secretFile ?? (found.origin === 'file' ? path : null);
  return { name, value: masked(name, found.text), origin: found.origin, path: source };
}

/** What is allowed and still unwise. */
export function warningsFor(loaded: {
  host: string;
  found: Map<VariableName, Found>;
  path: string;
}): string[] {
  const { host, found, path } = loaded;
  const all = [...found.values()];
  const warnings: string[] = [];
  if (!isLoopback(host)) {
    warnings.push(
      `HOST is ${host}: keys travel unencrypted from other machines; listen on 127.0.0.1 behind the PBX's nginx`,
    );
  }
  const secretFiles = all.flatMap(({ secretFile }) => secretFile ?? []);
  const holdsSecret = all.some(
    ({ name, origin, secretFile }) => SECRETS.has(name) && origin === 'file' && secretFile === null,
  );
  for (const file of holdsSecret ? [path, ...secretFiles] : secretFiles) {
    const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & READABLE_BY_OTHERS) !== 0) {
      warnings.push(`${file} can be read by every user of this machine: chmod o-rwx ${file}`);
    }
  }
  return warnings;
}

interface Search {
  name: VariableName;
  place: Environment;
  origin: Found['origin'];
  mistakes: Mistake[];
}

/** An empty text counts as not set: that is how a line is switched off in such files. */
function findIn({ name, place, origin, mistakes }: Search): Found | null {
  const text = place[name] || null;
  const secretFile = (SECRETS.has(name) && place[`${name}_FILE`]) || null;
  if (text !== null && secretFile !== null) {
    mistakes.push({ variable: name, value: `*** and ${name}_FILE`, allowed: 'one of the two, not both' });
  }
  if (text !== null) return { name, text, origin, secretFile: null };
  if (secretFile === null) return null;
  const secret = readSmallFile(secretFile, SECRET_FILE_BYTES_MAX);
  if (typeof secret === 'string' && secret.trim() !== '')
    return { name, text: secret.trim(), origin, secretFile };
  const why = typeof secret === 'string' ? 'empty' : secret.code;
  mistakes.push({
    variable: `${name}_FILE`,
    value: `${secretFile} (${why})`,
    allowed: `the path of a file that can be read and holds the secret, at most ${SECRET_FILE_BYTES_MAX} bytes`,
  });
  // A stand-in, so that the variable is not called missing as well.
  return { name, text: '?'.repeat(SECRET_FILE_BYTES_MAX / 64), origin, secretFile };
}

function readSmallFile(path: string, bytesMax: number): string | { code: string } {
  try {
    if (statSync(path).size > bytesMax) return { code: 'too large' };
    return readFileSync(path, 'utf8');
  } catch (error) {
    return { code: error instanceof Error && 'code' in error ? String(error.code) : 'unreadable' };
  }
}
