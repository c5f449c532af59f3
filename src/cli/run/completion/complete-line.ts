import { ControlClient } from '../../../shared/control/control-client.ts';
import { clean } from '../../../shared/telling/cells.ts';
import type { Command, Live } from '../../command.ts';
import { socketPathOf } from '../../connect.ts';
import { type Candidate, complete } from '../../words/complete.ts';
import type { Shell } from './scripts.ts';

/** Longer nobody waits for a tab. */
const LIMIT_MS = 200;
const FILES = ':files';

interface Source {
  path: string;
  candidates(body: never): Candidate[];
}

interface Named {
  id: string | number;
  name: string;
}

const SOURCES: Record<Exclude<Live, 'file'>, Source> = {
  'key-id': {
    path: '/admin/api-keys',
    candidates: ({ keys }: { keys: Named[] }) => keys.map(({ id, name }) => named(id, name)),
  },
  'user-name': {
    path: '/admin/users',
    candidates: ({ users }: { users: (Named & { role: string })[] }) =>
      users.map(({ name, role }) => named(name, role)),
  },
  'client-id': {
    path: '/admin/clients',
    candidates: ({ clients }: { clients: { id: string; keyName?: string }[] }) =>
      clients.map(({ id, keyName }) => named(id, keyName ?? '')),
  },
  'error-id': {
    path: '/admin/errors?acknowledged=false&limit=50',
    candidates: ({ errors }: { errors: { id: number; code: string }[] }) =>
      errors.map(({ id, code }) => named(id, code)),
  },
  'call-id': {
    path: '/admin/calls',
    candidates: ({ calls }: { calls: { id: string; state: string }[] }) =>
      calls.map(({ id, state }) => named(id, state)),
  },
  dn: {
    path: '/admin/calls',
    candidates: ({ calls }: { calls: { legs: { dn: string }[] }[] }) => {
      const dns = new Set(calls.flatMap(({ legs }) => legs.map(({ dn }) => dn)));
      return [...dns].toSorted().map(dn => named(dn, ''));
    },
  },
};

/** `3cx-relay __complete <shell> -- <words…>`, which the shells' scripts call: a candidate a line, or nothing. */
export async function completeLine(commands: readonly Command[], args: readonly string[]): Promise<string> {
  const [shell, , ...line] = args;
  const words = shell === 'bash' ? joined(line) : line;
  const found = complete(commands, words);
  if ('candidates' in found) return linesOf(found.candidates, shell);
  if (found.live === 'file') return `${FILES}\n`;
  const current = line.at(-1) ?? '';
  const values = await askFor(SOURCES[found.live], socketOf(words));
  return linesOf(
    values.filter(({ value }) => value.startsWith(current)),
    shell,
  );
}

/** Nobody who presses tab wants to read why there is nothing. */
async function askFor({ path, candidates }: Source, socket: string | undefined): Promise<Candidate[]> {
  const client = new ControlClient({
    socketPath: socketPathOf({ socket }),
    timeoutMs: LIMIT_MS,
    onSkew: () => {},
  });
  try {
    return candidates((await client.ask(path, { signal: AbortSignal.timeout(LIMIT_MS) })) as never);
  } catch {
    return [];
  }
}

/** Of the daemon that the finished command would ask. */
function socketOf(words: readonly string[]): string | undefined {
  const at = words.findLastIndex(word => /^--socket(=|$)/.test(word));
  const [, joinedValue] = words[at]?.split(/=(.*)/s) ?? [];
  return at < 0 ? undefined : (joinedValue ?? words[at + 1]);
}

/** bash takes `--name=value` apart into three words. */
function joined(line: readonly string[]): string[] {
  return line.filter(word => word !== '=');
}

function named(value: string | number, describe: string): Candidate {
  return { value: clean(String(value)), describe: clean(describe) };
}

function linesOf(candidates: readonly Candidate[], shell: string | undefined): string {
  return candidates.map(candidate => `${lineOf(candidate, shell as Shell)}\n`).join('');
}

function lineOf({ value, describe }: Candidate, shell: Shell): string {
  if (shell === 'bash' || describe === '') return value;
  return shell === 'zsh' ? `${value.replaceAll(':', '\\:')}:${describe}` : `${value}\t${describe}`;
}
