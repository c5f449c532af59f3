import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type Check, define, type Finding, fine, found, skipped } from '../check.ts';
import type { Context } from '../context.ts';
import type { Host } from '../host.ts';
import { askHealth, causeOf } from '../presence.ts';
import { upgrade } from '../probes/round-trip.ts';
import { reading } from '../probes/stores.ts';

const SOCKET_PATH = '/relay/ws';
const SNIPPET_MAX_CHARS = 65_536;
const KEY_WITHIN_MS = 3000;
const TLS_FAULT = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|ALTNAME/;

const OFF_BOX = "off-box: the phone system's web server is not on this machine and does not lead here";

const nginx = define({
  name: 'nginx',
  looksAt: "Our snippet in the phone system's web server",
  needs: ['config'],
  faults: {
    NGINX_SNIPPET_MISSING: {
      result: 'fail',
      cause:
        "No snippet of the phone system's nginx leads /relay/ to us; an update of 3CX may have removed it.",
      fix: 'sudo 3cx-relay install --repair (writes the snippet, tests it and reloads nginx)',
    },
    NGINX_SNIPPET_CLOSED: {
      result: 'warning',
      cause: 'This user may not read the snippets.',
      fix: 'sudo 3cx-relay doctor',
    },
    NGINX_OTHER_PORT: {
      result: 'fail',
      cause: 'The snippet leads to another address than the one we listen on.',
      fix: "'sudo 3cx-relay install --repair', or set HOST and PORT to what the snippet names.",
    },
    NGINX_NO_UPGRADE: {
      result: 'fail',
      cause: 'The snippet does not pass upgrades on: REST works, WebSockets do not.',
      fix: "'sudo 3cx-relay install --repair', or add proxy_http_version 1.1 and the headers Upgrade and Connection.",
    },
  },
  run: async ({ config, host: { snippetFolder } }) => {
    const names = await readdir(snippetFolder).catch(codeOf);
    if (names === 'ENOENT' && (await isMissing(dirname(snippetFolder)))) return skipped(OFF_BOX);
    if (names === 'ENOENT') return found('NGINX_SNIPPET_MISSING', `${snippetFolder} is not there`);
    if (typeof names === 'string') return found('NGINX_SNIPPET_CLOSED', `${snippetFolder}: ${names}`);
    const ours: { path: string; text: string }[] = [];
    for (const name of names.filter(one => one.endsWith('.conf'))) {
      const path = join(snippetFolder, name);
      const text = await readFile(path, 'utf8').catch(() => null);
      if (text === null) return found('NGINX_SNIPPET_CLOSED', path);
      if (/^\s*location\b[^{]*\/relay\b/m.test(text.slice(0, SNIPPET_MAX_CHARS))) ours.push({ path, text });
    }
    const [snippet] = ours;
    if (snippet === undefined) return found('NGINX_SNIPPET_MISSING', `none in ${snippetFolder}`);
    const target = /^\s*proxy_pass\s+https?:\/\/([^/;\s]+)/m.exec(snippet.text)?.[1] ?? 'nowhere';
    const evidence = `${snippet.path} leads to ${target}`;
    if (config.listen.port !== 0 && target.split(':').at(-1) !== String(config.listen.port))
      return found('NGINX_OTHER_PORT', evidence, `we listen on ${config.listen.host}:${config.listen.port}`);
    return /proxy_set_header\s+Upgrade/i.test(snippet.text)
      ? fine(evidence)
      : found('NGINX_NO_UPGRADE', evidence);
  },
});

const outside = define({
  name: 'outside',
  looksAt: 'The way programs come: HTTPS and a WebSocket by the public name',
  needs: ['config'],
  limitMs: 9000,
  faults: {
    OUTSIDE_UNREACHABLE: {
      result: 'warning',
      cause:
        'The public name is not answered from here: a router that does not lead back inside, or a closed port.',
      fix: 'Try from outside: curl https://FQDN/relay/health. If that works, all is well.',
    },
    OUTSIDE_CERTIFICATE: {
      result: 'fail',
      cause: 'The certificate at the public name is not accepted; programs refuse it as well.',
      fix: "See 'tls' above.",
    },
    OUTSIDE_NOT_ROUTED: {
      result: 'fail',
      cause: 'The web server answers, and does not lead /relay/ to us.',
      fix: "See 'nginx' above; if that is fine: sudo systemctl reload nginx",
    },
    OUTSIDE_BAD_GATEWAY: {
      result: 'fail',
      cause: 'The web server leads /relay/ to where nobody listens.',
      fix: "'sudo 3cx-relay install --repair'; HOST and PORT must be what the snippet names.",
    },
    OUTSIDE_NO_WEBSOCKET: {
      result: 'fail',
      cause: 'REST comes through and the upgrade to a WebSocket does not: a proxy drops the header Upgrade.',
      fix: "'sudo 3cx-relay install --repair'; a proxy in front of the phone system must pass Upgrade and Connection on.",
    },
  },
  run: async (context, signal) => {
    const { config, host, presence, key } = context;
    const url = host.outsideUrl(config);
    if (url === null) return skipped('PBX_URL is http:// to this machine: there is no outside');
    if (presence.kind === 'stopped') return skipped('no daemon runs that could answer');
    const health = await askHealth(url);
    if (typeof health === 'string')
      return (await isOffBox(host)) ? skipped(OFF_BOX) : outsideFault(url, health);
    const trip = await upgrade({ url, path: SOCKET_PATH, key, authorities: host.authorities, signal });
    const evidence = `${url}/relay/health is ${health.status}`;
    if (trip.kind === 'hello') return fine(evidence, 'a WebSocket came through and brought hello');
    if (trip.kind === 'refused' && (trip.status === 401 || trip.status === 429) && trip.code !== null)
      return fine(evidence, `a WebSocket came through: our relay refused it by name (${trip.code})`);
    const why = trip.kind === 'refused' ? `answered with ${trip.status} ${trip.code ?? ''}` : trip.why;
    return found('OUTSIDE_NO_WEBSOCKET', evidence, `the upgrade was ${why.trim()}`);
  },
});

/** Beside the phone system there always is a folder for its web server. */
async function isOffBox({ snippetFolder }: Pick<Host, 'snippetFolder'>): Promise<boolean> {
  return isMissing(dirname(snippetFolder));
}

function outsideFault(
  url: string,
  why: string,
): Finding<'OUTSIDE_CERTIFICATE' | 'OUTSIDE_BAD_GATEWAY' | 'OUTSIDE_NOT_ROUTED' | 'OUTSIDE_UNREACHABLE'> {
  const seen = `${url}/relay/health: ${why}`;
  if (/not ours \((502|503|504)\)/.test(why)) return found('OUTSIDE_BAD_GATEWAY', seen);
  if (why.includes('ours')) return found('OUTSIDE_NOT_ROUTED', seen);
  return found(TLS_FAULT.test(why) ? 'OUTSIDE_CERTIFICATE' : 'OUTSIDE_UNREACHABLE', seen);
}

const key = define({
  name: 'key',
  looksAt: 'Whether an API key works; one is tried with --key-file or --key-stdin',
  needs: ['state'],
  limitMs: 8000,
  faults: {
    KEY_NONE: {
      result: 'warning',
      cause: 'There is no key in force, so no program can connect.',
      fix: '3cx-relay keys create --name wallboard --permission read',
    },
    KEY_REFUSED: {
      result: 'fail',
      cause: 'The key is not known here, has expired, was revoked, or may not be used from here.',
      fix: "'3cx-relay keys list' shows those in force; create a new one, or see that it was copied whole.",
    },
    KEY_WITHOUT_READ: {
      result: 'warning',
      cause: 'The key works and may not read, so it gets no events.',
      fix: 'If it is meant to listen: 3cx-relay keys create with --permission read.',
    },
    KEY_NO_EVENTS: {
      result: 'fail',
      cause: 'The key may read, and its WebSocket brought no hello.',
      fix: "See the limits WS_MAX_* in docs/configuration.md, and '3cx-relay logs'.",
    },
  },
  run: async (context, signal) => {
    const live = await liveKeys(context);
    if (live === 0) return found('KEY_NONE', 'no key is in force');
    const count = live === null ? [] : [`${live} keys are in force`];
    if (context.key === null) return skipped(...count, 'none was given to try: --key-file or --key-stdin');
    const url = relayUrl(context);
    if (url === null) return skipped(...count, 'no daemon answers that could try it');
    return tryKey({ url, key: context.key, count, signal });
  },
});

interface KeyTry {
  url: string;
  key: string;
  count: string[];
  signal: AbortSignal;
}

async function tryKey({
  url,
  key: presented,
  count,
  signal,
}: KeyTry): Promise<Finding<'KEY_REFUSED' | 'KEY_WITHOUT_READ' | 'KEY_NO_EVENTS'>> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(KEY_WITHIN_MS)]);
  const headers = { authorization: `Bearer ${presented}` };
  const response = await fetch(`${url}/relay/me`, { headers, signal: within });
  const me = meSchema.safeParse(await response.json().catch(() => null));
  if (!response.ok || !me.success)
    return found('KEY_REFUSED', ...count, `GET /relay/me says ${response.status}`);
  const { id, permissions } = me.data;
  const who = `the key ${id} may ${permissions.join(', ')}`;
  if (!permissions.includes('read')) return found('KEY_WITHOUT_READ', ...count, who);
  const trip = await upgrade({ url, path: SOCKET_PATH, key: presented, authorities: [], signal });
  if (trip.kind === 'hello') return fine(...count, `${who}; its WebSocket brought hello`);
  return found(
    'KEY_NO_EVENTS',
    ...count,
    who,
    trip.kind === 'failed' ? trip.why : `${trip.status} ${trip.code}`,
  );
}

const meSchema = z.looseObject({ id: z.string(), permissions: z.array(z.string()) });
const LIVE_KEYS =
  'SELECT count(*) AS it FROM api_keys WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)';

/** Null when that cannot be read. */
async function liveKeys({ live, presence, config, clock }: Context): Promise<number | null> {
  if (live !== null) return live.liveKeys();
  const store = {
    path: config.paths.stateFile,
    part: 'state',
    isInUse: presence.kind !== 'stopped',
  } as const;
  try {
    const row = await reading(store, database => database.prepare(LIVE_KEYS).get(clock.now()));
    return (row as { it: number }).it;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 0 : null;
  }
}

function relayUrl({ live, presence }: Context): string | null {
  if (live !== null) return live.relayUrl;
  return presence.kind === 'beside' && presence.health !== null ? presence.relayUrl : null;
}

export const OUTSIDE_CHECKS: readonly Check[] = [nginx, outside, key];

async function isMissing(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(codeOf)) === 'ENOENT';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : causeOf(error);
}
