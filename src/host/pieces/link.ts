import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkWhole, makeFolders, removeEmpty, targetOf, textOf } from '../machine/file-work.ts';
import { writeMade } from '../made.ts';
import type { Piece, Site } from '../piece.ts';
import { PLACES, releaseFolder } from '../places.ts';

interface Link {
  path: string;
  target: string;
}

/** Which version is the one, and the words by which a shell finds it. */
export const linkPiece: Piece = {
  name: 'link',
  isSeen: true,
  what: () => 'the command 3cx-relay, its manual and its completion',
  look: async site => {
    const wrong = linksOf(site).filter(({ path, target }) => targetOf(site.host.at(path)) !== target);
    const [first] = wrong;
    if (first === undefined) return { state: 'right' };
    if (wrong.every(({ path }) => targetOf(site.host.at(path)) === null)) return { state: 'absent' };
    return { state: 'other', why: `${first.path} does not lead to ${first.target}` };
  },
  put: async (site, undos) => {
    const { host, made } = site;
    const links = linksOf(site);
    const all = [...links, { path: PLACES.previous, target: '' }];
    const before = all.map(({ path }) => ({ path, target: targetOf(host.at(path)) }));
    const madeBefore = { text: textOf(host.at(PLACES.made)), folders: made.folders };
    const folders = links.flatMap(({ path }) => makeFolders(dirname(host.at(path))));
    undos.push(async () => {
      for (const { path, target } of before) {
        if (target === null) rmSync(host.at(path), { force: true });
        else linkWhole(host.at(path), target);
      }
      for (const folder of folders.toReversed()) removeEmpty(folder);
      made.folders = madeBefore.folders;
      if (madeBefore.text === null) rmSync(host.at(PLACES.made), { force: true });
      else writeMade(host, made);
    });
    made.folders = [...new Set([...made.folders, ...folders.map(folder => unrooted(site, folder))])];
    writeMade(host, made);
    keepPrevious(site);
    for (const { path, target } of links) linkWhole(host.at(path), target);
  },
  takeAway: async site => {
    const { host, made } = site;
    for (const { path } of linksOf(site)) {
      const isOurs = targetOf(host.at(path))?.startsWith(PLACES.home) ?? false;
      if (path !== PLACES.current && isOurs) rmSync(host.at(path), { force: true });
    }
    for (const folder of made.folders.toReversed()) removeEmpty(host.at(folder));
  },
  things: site =>
    linksOf(site)
      .filter(({ path }) => targetOf(site.host.at(path)) !== null)
      .map(({ path, target }) => ({ kind: 'link', name: path, note: `leads to ${target}` })),
};

/** The one that stops being current is the one to go back to. */
function keepPrevious({ host, release }: Site): void {
  const current = targetOf(host.at(PLACES.current));
  if (current !== null && current !== releaseFolder(release.version))
    linkWhole(host.at(PLACES.previous), current);
}

const COMPLETIONS: Readonly<Record<string, string>> = {
  '3cx-relay.bash': '/usr/local/share/bash-completion/completions/3cx-relay',
  '_3cx-relay': '/usr/local/share/zsh/site-functions/_3cx-relay',
  '3cx-relay.fish': '/usr/local/share/fish/vendor_completions.d/3cx-relay.fish',
};

function linksOf({ host, release }: Site): Link[] {
  const pages = namesIn(join(release.folder, 'share/man/man1'));
  const completions = namesIn(join(release.folder, 'share/completions'));
  const manual = existsSync(host.at('/usr/local/man')) ? '/usr/local/man' : '/usr/local/share/man';
  return [
    { path: PLACES.current, target: releaseFolder(release.version) },
    { path: '/usr/local/bin/3cx-relay', target: `${PLACES.current}/bin/3cx-relay` },
    ...pages.map(page => ({
      path: `${manual}/man1/${page}`,
      target: `${PLACES.current}/share/man/man1/${page}`,
    })),
    ...completions.flatMap(name => {
      const path = COMPLETIONS[name];
      return path === undefined ? [] : [{ path, target: `${PLACES.current}/share/completions/${name}` }];
    }),
  ];
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function unrooted({ host }: Site, folder: string): string {
  const root = host.at('/');
  return root === '/' ? folder : folder.slice(root.replace(/\/$/, '').length);
}
