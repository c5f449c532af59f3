import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../../shared/control/cli-error.ts';
import { textOf, writeWhole } from '../machine/file-work.ts';
import type { Host } from '../machine/host.ts';
import { must } from '../machine/running.ts';
import type { Piece, Site } from '../piece.ts';
import { PLACES } from '../places.ts';
import { listensOn } from '../wanted-config.ts';

const MODE = 0o644;
const SHIPPED_TARGET = '127.0.0.1:8082';

/** One location in the phone system's web server, put where its site file includes such things. */
export const snippetPiece: Piece = {
  name: 'snippet',
  isSeen: true,
  what: () => `the nginx snippet ${PLACES.snippet}`,
  look: async site => {
    const { host } = site;
    if (!existsSync(host.at(PLACES.snippets)))
      return { state: 'none', why: `${PLACES.snippets} is not there: no 3CX on this machine` };
    const there = textOf(host.at(PLACES.snippet));
    if (there === null) return { state: 'absent' };
    return there === snippetFor(site)
      ? { state: 'right' }
      : { state: 'other', why: 'it is another than ours' };
  },
  put: async (site, undos) => {
    const { host } = site;
    const before = textOf(host.at(PLACES.snippet));
    await testNginx(host, 'before anything was changed');
    undos.push(async () => {
      if (before === null) rmSync(host.at(PLACES.snippet), { force: true });
      else writeWhole(host.at(PLACES.snippet), { text: before, mode: MODE });
      await testNginx(host, 'after our snippet was withdrawn');
      await reloadNginx(host);
    });
    writeWhole(host.at(PLACES.snippet), { text: snippetFor(site), mode: MODE });
    await testNginx(host, 'with our snippet');
    await reloadNginx(host);
  },
  takeAway: async ({ host }) => {
    if (!existsSync(host.at(PLACES.snippet))) return;
    rmSync(host.at(PLACES.snippet), { force: true });
    // One that is broken for another reason is not made worse by taking ours out of it, and not reloaded.
    if (host.isLive && (await host.run('nginx', ['-t'])).code === 0) await reloadNginx(host);
  },
  things: ({ host }) =>
    existsSync(host.at(PLACES.snippet))
      ? [{ kind: 'file', name: PLACES.snippet, note: "in the phone system's nginx: leads /relay/ to us" }]
      : [],
};

/** As shipped, leading to where the relay listens. */
export function snippetFor({ host, release, wish }: Pick<Site, 'host' | 'release' | 'wish'>): string {
  const text = textOf(join(release.folder, 'packaging/nginx/60-3cx-relay.conf')) ?? '';
  const { address, port } = listensOn(host, wish);
  return text.replaceAll(SHIPPED_TARGET, `${address.includes(':') ? `[${address}]` : address}:${port}`);
}

/** The verdict is nginx's own exit status. */
async function testNginx(host: Host, when: string): Promise<void> {
  if (!host.isLive) return;
  const { code, output } = await host.run('nginx', ['-t']);
  if (code === 0) return;
  throw new CliError(
    'E_HOST',
    `nginx does not accept its configuration ${when}: ${output}.`,
    "Mend what it names ('nginx -t' tells the same), then try again.",
  );
}

async function reloadNginx(host: Host): Promise<void> {
  if (!host.isLive) return;
  // One that does not run reads the snippet when it starts.
  if ((await host.run('systemctl', ['is-active', '--quiet', 'nginx.service'])).code !== 0) return;
  await must(host, 'systemctl', ['reload', 'nginx.service']);
}
