import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReleaseError } from '../run.ts';
import { LICENCE } from '../tree/kept-files.ts';
import type { Package } from '../tree/packages.ts';
import { STANDARD_TEXTS } from './standard-texts.ts';

const RULE = '='.repeat(100);
/** Under a heading with # before it, or one with a rule below it; to the next such or the end. */
const README_LICENCE =
  /^(?:#+\s*licen[cs]e.*|licen[cs]e\s*\n[-=]{3,})$\n([\s\S]*?)(?=^#+\s|^.+\n[-=]{3,}$|$(?![\s\S]))/im;
/** Less is a mere name or a link. */
const TEXT_CHARS_MIN = 200;

/** Every licence of what is shipped: first a list to look at, then each text. */
export function licencesText(root: string, packages: readonly Package[]): string {
  const once = new Map(packages.map(one => [`${one.name} ${one.version}`, one]));
  const known = [...once.values()].map(one => ({ ...one, text: textOf(root, one) }));
  const nameless = known.filter(({ licence, text }) => licence === null || text === null);
  if (nameless.length > 0) {
    const names = nameless.map(({ name, version }) => `${name} ${version}`).join(', ');
    throw new ReleaseError(`No licence can be told of ${names}: see to it before they are shipped.`);
  }
  const list = known.map(({ name, version, licence }) => `${`${name} ${version}`.padEnd(48)} ${licence}`);
  const texts = known.map(
    ({ name, version, licence, text }) => `${RULE}\n${name} ${version} (${licence})\n${RULE}\n\n${text}\n`,
  );
  return `3cx-relay is under the licence in the file LICENSE. It brings the following with it.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

function textOf(root: string, { folder, name, version, licence, author }: Package): string | null {
  const files = readdirSync(join(root, folder), { withFileTypes: true })
    .filter(entry => entry.isFile() && LICENCE.test(entry.name))
    .map(({ name }) => name)
    .toSorted();
  if (files.length > 0)
    return files.map(file => readFileSync(join(root, folder, file), 'utf8').trim()).join('\n\n');
  const said = readmeText(join(root, folder));
  if (said !== null && said.length >= TEXT_CHARS_MIN) return said;
  const standard = STANDARD_TEXTS[licence ?? ''];
  if (standard === undefined) return null;
  const holder = author ?? `the authors of ${name}`;
  return `The package ${name} ${version} declares this licence and brings no text of it; this is the usual one.\n\n${standard(holder)}`;
}

function readmeText(folder: string): string | null {
  const readme = readdirSync(folder).find(name => /^readme(?:\.(?:md|markdown|txt))?$/i.test(name));
  if (readme === undefined) return null;
  return README_LICENCE.exec(readFileSync(join(folder, readme), 'utf8'))?.[1]?.trim() ?? null;
}
