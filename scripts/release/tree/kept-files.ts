/** The one machine this is for, as the names of prebuilt files have it. */
const PREBUILT = 'linux-x64.node';
const PROGRAM = /\.(?:[cm]?js|jsx)$/;
export const LICENCE = /^(?:licen[cs]e|copying|notice|unlicense)(?:[-.].*)?$/i;
/** Nobody reads these while the program runs. */
const IDLE_FOLDER =
  /^(?:\.github|bin|browser|deps|docs?|examples?|fixtures|jsdoc-template|man|node_modules|spec|src|tests?|utils|vendor|__tests__)$/;
const IDLE_FILE =
  /^(?:\..*|(?:readme|changelog|changes|history|contributing|authors|makefile|gruntfile|bower)(?:\..*)?|example\..*)$|\.(?:md|markdown|map|[cm]?ts|tsx|flow|html?|css|gif|png|jpe?g|gypi?|c|cc|cpp|h|hpp|sh|yml|yaml|lock)$/i;

/**
 * Which files of a package are shipped: of its program those in use, its licence, and what it may read as data. The
 * paths are from the package's own folder.
 */
export function keptFiles(files: readonly string[], used: ReadonlySet<string>): string[] {
  // Each of these says for its folder what kind of modules stand there.
  const manifests = new Set([...used].flatMap(foldersAbove).map(folder => `${folder}package.json`));
  return files.filter(file => used.has(file) || manifests.has(file) || isKeptUnasked(file));
}

/** 'a/b/c.js' is in '', 'a/' and 'a/b/'. */
function foldersAbove(file: string): string[] {
  const parts = file.split('/');
  return parts.map((_, depth) =>
    parts
      .slice(0, depth)
      .map(part => `${part}/`)
      .join(''),
  );
}

function isKeptUnasked(file: string): boolean {
  const folders = file.split('/');
  const name = folders.pop() ?? '';
  if (folders.length === 0 && LICENCE.test(name)) return true;
  if (name.endsWith('.node')) return name === PREBUILT;
  if (PROGRAM.test(name) || folders.some(folder => IDLE_FOLDER.test(folder))) return false;
  return !IDLE_FILE.test(name) && name !== 'package.json';
}
