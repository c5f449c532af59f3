import { CliError } from '../../shared/control/cli-error.ts';
import { textOf } from '../machine/file-work.ts';
import type { Host } from '../machine/host.ts';
import { must } from '../machine/running.ts';
import type { Piece, PieceName, Site } from '../piece.ts';
import { PLACES, SERVICE } from '../places.ts';
import { listensOn } from '../wanted-config.ts';

/** So long a start may take until the relay answers with the right version. */
const HEALTHY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 500;
/** Another version is noticed by itself. */
const READ_AT_START: readonly PieceName[] = ['release', 'configuration', 'unit'];

/** The running daemon, of the right version, started again with the machine. */
export const servicePiece: Piece = {
  name: 'service',
  isSeen: true,
  what: ({ release }) => `the running service, version ${release.version}`,
  look: async (site, changed) => {
    const { host, release, wish } = site;
    if (!host.isLive) return { state: 'none', why: 'nothing is started in a folder' };
    if (!wish.isStarted) return { state: 'none', why: 'it is not to be started' };
    if (!(await isActive(host))) return { state: 'absent' };
    if (!(await isEnabled(host))) return { state: 'other', why: 'it does not start with the machine' };
    const restart = changed.filter(name => READ_AT_START.includes(name));
    if (restart.length > 0)
      return { state: 'other', why: `${restart.join(', ')} changes: it is started again` };
    const version = await host.versionAt(urlOf(site));
    return version === release.version
      ? { state: 'right' }
      : { state: 'other', why: version === null ? 'it does not answer' : `version ${version} runs` };
  },
  put: async (site, undos) => {
    const { host } = site;
    const wasEnabled = await isEnabled(host);
    undos.push(async () => {
      await host.run('systemctl', ['stop', SERVICE]);
      if (!wasEnabled) await host.run('systemctl', ['disable', SERVICE]);
      await host.run('systemctl', ['reset-failed', SERVICE]);
    });
    await must(host, 'systemctl', ['enable', SERVICE]);
    await host.run('systemctl', ['reset-failed', SERVICE]);
    const started = await host.run('systemctl', ['restart', SERVICE]);
    if (started.code !== 0) throw await notStarted(host, started.output);
    await passGate(site);
  },
  takeAway: async ({ host }) => {
    if (!host.isLive || textOf(host.at(PLACES.unit)) === null) return;
    await must(host, 'systemctl', ['disable', '--now', SERVICE]);
  },
  things: site => {
    const { address, port } = listensOn(site.host, site.wish);
    if (textOf(site.host.at(PLACES.unit)) === null) return [];
    return [
      { kind: 'port', name: `${address}:${port}/tcp`, note: 'for nginx; nothing is open to the network' },
      { kind: 'folder', name: '/run/3cx-relay', note: "the operators' socket and token, while it runs" },
      {
        kind: 'log',
        name: `journalctl -u ${SERVICE}`,
        note: "its lines in the host's journal, which ages them",
      },
    ];
  },
};

export async function isActive(host: Host): Promise<boolean> {
  return host.isLive && (await host.run('systemctl', ['is-active', '--quiet', SERVICE])).code === 0;
}

async function isEnabled(host: Host): Promise<boolean> {
  return (await host.run('systemctl', ['is-enabled', '--quiet', SERVICE])).code === 0;
}

/** The daemon answers, with this version, and systemd thinks so too. */
async function passGate(site: Site): Promise<void> {
  const { host, release } = site;
  let version: string | null = null;
  for (let waitedMs = 0; waitedMs <= HEALTHY_WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    version = await host.versionAt(urlOf(site));
    if (version === release.version && (await isActive(host))) return;
    await host.wait(LOOK_EVERY_MS);
  }
  const seen = version === null ? 'nobody answers' : `version ${version} answers`;
  throw await notStarted(host, `after ${HEALTHY_WITHIN_MS / 1000} s ${seen} at ${urlOf(site)}/relay/health`);
}

async function notStarted(host: Host, said: string): Promise<CliError> {
  const lines = await host.run('journalctl', ['-u', SERVICE, '-n', '5', '-o', 'cat', '--no-pager']);
  const last = lines.code === 0 && lines.output !== '' ? ` Its last words: ${lines.output}` : '';
  return new CliError(
    'E_HOST',
    `The service did not start as it should: ${said}.${last}`,
    `More: journalctl -u ${SERVICE}`,
  );
}

function urlOf({ host, wish }: Site): string {
  const { address, port } = listensOn(host, wish);
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
