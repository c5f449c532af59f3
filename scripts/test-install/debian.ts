import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = 'bookworm';
const PACKAGES = ['systemd', 'systemd-sysv', 'dbus', 'nginx-light', 'passwd', 'openssl'];
/** Made once, as it takes minutes and the network. */
const KEPT = join(tmpdir(), `3cx-relay-test-install-${SUITE}.tar`);
const SNIPPETS = '/var/lib/3cxpbx/Bin/nginx/conf/snippets';

/** Null: it can run here. */
export function whyNot(): string | null {
  if (process.geteuid?.() !== 0) return 'it needs root';
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'the release is for linux-x64';
  const missing = ['systemd-nspawn', 'nsenter', ...(existsSync(KEPT) ? [] : ['mmdebstrap'])].filter(
    program => spawnSync(program, ['--version']).error !== undefined,
  );
  if (missing.length > 0)
    return `${missing.join(' and ')} is not here (Debian: apt install systemd-container mmdebstrap)`;
  return null;
}

/** A minimal Debian with nginx, dressed as a PBX host: the vendor's folders, site file and package entry. */
export function unpackDebian(folder: string): void {
  if (!existsSync(KEPT)) makeDebian();
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xf', KEPT, '-C', folder]);
  mkdirSync(join(folder, SNIPPETS), { recursive: true });
  const certificate = ['-keyout', '/etc/ssl/private/pbx.pem', '-out', '/etc/ssl/certs/pbx.pem'];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '9', '-subj', '/CN=pbx'];
  execFileSync('chroot', [folder, 'openssl', ...request, ...certificate], { stdio: 'ignore' });
  writeFileSync(join(folder, 'etc/nginx/sites-available/3cxpbx'), SITE);
  rmSync(join(folder, 'etc/nginx/sites-enabled/default'), { force: true });
  execFileSync('ln', ['-s', '../sites-available/3cxpbx', join(folder, 'etc/nginx/sites-enabled/3cxpbx')]);
  const status = join(folder, 'var/lib/dpkg/status');
  const entry =
    'Package: 3cxpbx\nStatus: install ok installed\nArchitecture: amd64\nVersion: 20.0.7.1080\n\n';
  writeFileSync(status, `${readFileSync(status, 'utf8')}\n${entry}`);
}

/** From where this machine has its own packages. */
function makeDebian(): void {
  const folder = '/etc/apt/sources.list.d';
  const listed = readdirSync(folder).filter(name => /\.(sources|list)$/.test(name));
  const files = [...listed.map(name => join(folder, name)), '/etc/apt/sources.list'];
  const sources = files.filter(file => existsSync(file)).map(file => readFileSync(file, 'utf8'));
  const args = ['--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, `${KEPT}.new.tar`, '-'];
  process.stdout.write('A minimal Debian is made, once; this takes some minutes ...\n');
  execFileSync('mmdebstrap', args, { input: sources.join('\n\n'), stdio: ['pipe', 'ignore', 'inherit'] });
  renameSync(`${KEPT}.new.tar`, KEPT);
}

/** 3CX: https and http, both with the snippets. */
const SITE = `server {
  listen 443 ssl;
  ssl_certificate /etc/ssl/certs/pbx.pem;
  ssl_certificate_key /etc/ssl/private/pbx.pem;
  location / { return 200 "3CX"; }
  include "${SNIPPETS}/*.conf";
}
server {
  listen 80;
  location / { return 200 "3CX"; }
  include "${SNIPPETS}/*.conf";
}
`;
