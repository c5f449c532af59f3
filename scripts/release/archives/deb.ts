import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ReleaseError, run } from '../run.ts';
import { filesIn, place, settle, type TreeOrder, write } from '../tree/tree.ts';
import { control, copyright, debianChangelog, debName, debUnit } from './deb-papers.ts';
import { ZSTD_LEVEL } from './tarball.ts';

type DebOrder = TreeOrder & { out: string };

const PROGRAM = 'usr/lib/3cx-relay';
const DOCS = 'usr/share/doc/3cx-relay';
/** Parts of the tree that run; the rest has places of its own in a Debian system. */
const RUNS = [
  'VERSION',
  'package.json',
  'schema.sql',
  'bin',
  'runtime',
  'dist',
  'node_modules',
  'packaging/nginx',
];
const COMPLETIONS = {
  '3cx-relay.bash': 'usr/share/bash-completion/completions/3cx-relay',
  '_3cx-relay': 'usr/share/zsh/vendor-completions/_3cx-relay',
  '3cx-relay.fish': 'usr/share/fish/vendor_completions.d/3cx-relay.fish',
};
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];
const MODES = {
  'etc/3cx-relay': 0o750,
  'etc/3cx-relay/relay.env': 0o640,
  ...Object.fromEntries(SCRIPTS.map(script => [`DEBIAN/${script}`, 0o755])),
};

/** The same tree as a package of Debian. */
export function buildDeb(order: DebOrder): string {
  const { work, out, version, time } = order;
  const deb = join(work, 'deb');
  layOut(order, deb);
  writeControl(order, deb);
  settle(deb, time, MODES);
  const name = debName(version);
  run('dpkg-deb', ['--root-owner-group', '-Zzstd', `-z${ZSTD_LEVEL}`, '--build', deb, join(out, name)], {
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', SOURCE_DATE_EPOCH: String(time) },
  });
  return name;
}

function layOut({ root, tree, version, time }: DebOrder, deb: string): void {
  const ours = join(root, 'packaging/deb');
  for (const part of RUNS) cpSync(join(tree, part), join(deb, PROGRAM, part), { recursive: true });
  mkdirSync(join(deb, 'usr/bin'));
  symlinkSync('../lib/3cx-relay/bin/3cx-relay', join(deb, 'usr/bin/3cx-relay'));
  write(join(deb, 'usr/lib/systemd/system/3cx-relay.service'), unitText(tree));
  place(join(ours, 'relay.env'), join(deb, 'etc/3cx-relay/relay.env'));
  place(join(ours, 'lintian-overrides'), join(deb, 'usr/share/lintian/overrides/3cx-relay'));
  for (const [file, target] of Object.entries(COMPLETIONS)) {
    place(join(tree, 'share/completions', file), join(deb, target));
  }
  for (const page of filesIn(join(tree, 'share/man/man1'))) {
    writeZipped(join(deb, 'usr/share/man/man1', page), readText(tree, 'share/man/man1', page));
  }
  const doc = (file: string): string => readText(tree, 'share/doc', file);
  write(join(deb, DOCS, 'README.md'), doc('README.md'));
  write(join(deb, DOCS, 'sbom.cdx.json'), doc('sbom.cdx.json'));
  write(join(deb, DOCS, 'copyright'), copyright(doc('LICENSE'), doc('licences.txt')));
  writeZipped(join(deb, DOCS, 'CHANGELOG.md'), doc('CHANGELOG.md'));
  writeZipped(join(deb, DOCS, 'changelog'), debianChangelog(version, time));
}

function writeControl({ root, version }: DebOrder, deb: string): void {
  const files = filesIn(deb);
  const bytes = files.reduce((sum, file) => sum + statSync(join(deb, file)).size, 0);
  const sums = files.map(
    file =>
      `${createHash('md5')
        .update(readFileSync(join(deb, file)))
        .digest('hex')}  ${file}\n`,
  );
  for (const script of SCRIPTS) place(join(root, 'packaging/deb', script), join(deb, 'DEBIAN', script));
  write(join(deb, 'DEBIAN/control'), control(version, Math.ceil(bytes / 1024)));
  write(join(deb, 'DEBIAN/conffiles'), '/etc/3cx-relay/relay.env\n');
  write(join(deb, 'DEBIAN/md5sums'), sums.join(''));
}

function unitText(tree: string): string {
  const unit = debUnit(readText(tree, 'packaging/3cx-relay.service'));
  if (unit.includes('/opt/') || !unit.includes(`/${PROGRAM}/bin/3cx-relay`)) {
    throw new ReleaseError(
      'packaging/3cx-relay.service does not start /opt/3cx-relay/current/bin/3cx-relay: the package cannot say where its own program is.',
    );
  }
  return unit;
}

/** Without name and time inside, so that it is the same each time. */
function writeZipped(file: string, text: string): void {
  write(`${file}.gz`, gzipSync(text, { level: 9 }));
}

function readText(...path: string[]): string {
  return readFileSync(join(...path), 'utf8');
}
