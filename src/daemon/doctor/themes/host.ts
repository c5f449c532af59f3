import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VERSION } from '../../../shared/version.ts';
import { type Check, define, fine, found, skipped } from '../check.ts';
import type { Context } from '../context.ts';
import { askHealth, relayUrlOf } from '../presence.ts';

const NODE_OLDEST = [22, 19] as const;
const NODE_MEANT = 24;
const MEBIBYTE_BYTES = 1_048_576;
const DISK_LOW_MIB = 500;
const DISK_VERY_LOW_MIB = 200;
const FOR_OTHERS = 0o007;
const FOR_GROUP_AND_OTHERS = 0o077;

const config = define({
  name: 'config',
  looksAt: 'The environment and relay.env, all variables together',
  needs: [],
  faults: {
    CONFIG_INVALID: {
      result: 'fail',
      cause: 'A variable is missing, or has a value that cannot be; the daemon does not start with it.',
      fix: 'Correct the variables named above in the environment or in relay.env, then restart the daemon.',
    },
    CONFIG_UNWISE: {
      result: 'warning',
      cause: 'What is set works, and gives others more than they need.',
      fix: 'Do what stands behind each line above.',
    },
  },
  run: async ({ loaded }) => {
    if (!('config' in loaded)) return found('CONFIG_INVALID', ...mistakesOf(loaded.detail));
    const { warnings, config } = loaded;
    if (warnings.length > 0) return found('CONFIG_UNWISE', ...warnings);
    return fine(`the phone system is ${config.pbx.url}, the file ${config.paths.configFile}`);
  },
});

/** Between its first line and its last one, a mistake each. */
function mistakesOf(detail: string): string[] {
  const lines = detail.split('\n').map(line => line.trim());
  return lines.length > 2 ? lines.slice(1, -1) : lines;
}

const runtime = define({
  name: 'runtime',
  looksAt: 'The Node that runs this',
  needs: [],
  faults: {
    RUNTIME_OLD: {
      result: 'fail',
      cause: `Node is older than ${NODE_OLDEST.join('.')}; parts of the relay crash on it without a word.`,
      fix: 'Start it with bin/3cx-relay, which brings its own Node; after a copy by hand run npm ci there.',
    },
    RUNTIME_OTHER: {
      result: 'warning',
      cause: `The relay is made and tested on Node ${NODE_MEANT}; this is another line.`,
      fix: 'Start it with bin/3cx-relay, which brings its own Node.',
    },
  },
  run: async ({ host: { nodeVersion } }) => {
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const seen = `Node ${nodeVersion} on ${process.platform}-${process.arch}, 3cx-relay ${VERSION}`;
    const [oldest, oldestMinor] = NODE_OLDEST;
    if (major < oldest || (major === oldest && minor < oldestMinor)) return found('RUNTIME_OLD', seen);
    return major === NODE_MEANT ? fine(seen) : found('RUNTIME_OTHER', seen);
  },
});

const files = define({
  name: 'files',
  looksAt: 'Our folders and files: there, ours, and closed to others',
  needs: ['config'],
  faults: {
    FILES_TOO_OPEN: {
      result: 'fail',
      cause: 'Other users of this machine can read or change what holds keys, calls or secrets.',
      fix: 'chmod 0600 the files and chmod 0700 the folder named above.',
    },
    FILES_WRONG_OWNER: {
      result: 'fail',
      cause: 'A file has another owner than its folder, so the daemon may not be able to write it.',
      fix: 'chown the files named above to the owner of their folder.',
    },
    FILES_CLOSED: {
      result: 'fail',
      cause: 'This user may not read or write the state folder.',
      fix: 'Run this as root or as the user of the service: sudo 3cx-relay doctor.',
    },
  },
  run: async ({ config: { paths } }) => {
    const folder = dirname(paths.stateFile);
    const status = await stat(folder).catch(codeOf);
    if (status === 'ENOENT') return fine(`${folder} is not there yet; the first start makes it`);
    if (typeof status === 'string') return found('FILES_CLOSED', `${folder}: ${status}`);
    const isOpen = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!isOpen) return found('FILES_CLOSED', `${folder} is ${modeText(status.mode)} and not this user's`);
    const rules: [string, number][] = [
      [folder, 0o022],
      [paths.configFile, FOR_OTHERS],
      [paths.stateFile, FOR_GROUP_AND_OTHERS],
      [paths.journalFile, FOR_GROUP_AND_OTHERS],
      [paths.operatorToken, FOR_GROUP_AND_OTHERS],
      [paths.controlSocket, FOR_OTHERS],
    ];
    const open: string[] = [];
    const foreign: string[] = [];
    for (const [path, forbidden] of rules) {
      const one = await stat(path).catch(codeOf);
      if (typeof one === 'string') continue;
      if ((one.mode & forbidden) !== 0) open.push(`${path} is ${modeText(one.mode)}`);
      const isStore = path === paths.stateFile || path === paths.journalFile;
      if (isStore && one.uid !== status.uid)
        foreign.push(`${path} belongs to user ${one.uid}, its folder to ${status.uid}`);
    }
    if (open.length > 0) return found('FILES_TOO_OPEN', ...open, ...foreign);
    if (foreign.length > 0) return found('FILES_WRONG_OWNER', ...foreign);
    return fine(`${folder} is ${modeText(status.mode)}`);
  },
});

const ports = define({
  name: 'ports',
  looksAt: 'Whether HOST and PORT can be listened on',
  needs: ['config'],
  faults: {
    PORT_TAKEN: {
      result: 'fail',
      cause: 'Another program listens there; the daemon cannot start.',
      fix: "'ss -ltnp' shows which; stop it, or set PORT to another one, then 'sudo 3cx-relay install --repair' for nginx.",
    },
    PORT_FORBIDDEN: {
      result: 'fail',
      cause: 'Ports below 1024 are for root.',
      fix: 'Set PORT to 8082; programs outside come through nginx on 443 all the same.',
    },
    PORT_ELSEWHERE: {
      result: 'fail',
      cause: 'HOST is no address of this machine.',
      fix: 'Set HOST to 127.0.0.1.',
    },
    PORT_OF_PBX: {
      result: 'warning',
      cause: 'The phone system uses this port itself, always or after its next update.',
      fix: "Set PORT to 8082, then 'sudo 3cx-relay install --repair' for nginx.",
    },
  },
  run: async context => {
    const { host, port } = context.config.listen;
    const at = `${host}:${port}`;
    if (PORTS_OF_PBX.some(([from, to]) => port >= from && port <= to)) return found('PORT_OF_PBX', at);
    if (context.presence.kind !== 'stopped') return runningAt(context, at);
    const code = await context.host.tryToListen(host, port);
    if (code === null) return fine(`${at} is free`);
    if (code === 'EACCES') return found('PORT_FORBIDDEN', at);
    if (code !== 'EADDRINUSE') return found('PORT_ELSEWHERE', `${at}: ${code}`);
    const url = relayUrlOf(context.config);
    const other = url === null ? 'nobody asked' : await askHealth(url);
    const who =
      typeof other === 'string'
        ? 'it is no 3cx-relay'
        : `it is a 3cx-relay ${other.version} of another folder`;
    return found('PORT_TAKEN', `${at} is taken; ${who}`);
  },
});

/** 3CX: what it listens on, always or in some versions. */
const PORTS_OF_PBX: [number, number][] = [
  [80, 80],
  [443, 443],
  [2528, 2528],
  [5000, 5001],
  [5015, 5015],
  [5060, 5063],
  [5090, 5090],
  [5432, 5432],
  [5480, 5483],
];

function runningAt({ presence }: Context, at: string) {
  if (presence.kind === 'inside') return fine(`this daemon listens on ${at}`);
  if (presence.kind === 'beside' && presence.health !== null) return fine(`the daemon answers at ${at}`);
  return skipped('see daemon: it could not be asked');
}

const disk = define({
  name: 'disk',
  looksAt: 'Room where the state folder lies',
  needs: ['config'],
  faults: {
    DISK_LOW: {
      result: 'warning',
      cause: `Less than ${DISK_LOW_MIB} MiB are free.`,
      fix: 'Make room: old recordings and backups of the phone system are what is large; or lower JOURNAL_MAX_MB.',
    },
    DISK_VERY_LOW: {
      result: 'fail',
      cause: `Less than ${DISK_VERY_LOW_MIB} MiB are free: soon events live in memory only, and the phone system stops too.`,
      fix: 'Make room now: old recordings and backups of the phone system are what is large.',
    },
  },
  run: async ({ config: { paths }, host }) => {
    const folder = await nearest(dirname(paths.stateFile));
    const free = (await host.freeBytes(folder)) / MEBIBYTE_BYTES;
    const seen = `${Math.floor(free)} MiB are free at ${folder}`;
    if (free < DISK_VERY_LOW_MIB) return found('DISK_VERY_LOW', seen);
    return free < DISK_LOW_MIB ? found('DISK_LOW', seen) : fine(seen);
  },
});

export const HOST_CHECKS: readonly Check[] = [config, runtime, files, ports, disk];

/** The folder itself, or the first above it that exists. */
async function nearest(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : nearest(dirname(folder));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
