import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Answer } from '../../src/cli/output/answer.ts';
import { footprint } from '../../src/cli/run/host/footprint.ts';
import { install } from '../../src/cli/run/host/install.ts';
import { rollback } from '../../src/cli/run/host/rollback.ts';
import { supportMode } from '../../src/cli/run/host/support-mode.ts';
import { uninstall } from '../../src/cli/run/host/uninstall.ts';
import { upgrade } from '../../src/cli/run/host/upgrade.ts';
import { COMMANDS } from '../../src/cli/table.ts';
import { parse } from '../../src/cli/words/parse.ts';
import type { Host, Ran } from '../../src/host/machine/host.ts';

const PACKAGING = join(import.meta.dirname, '../../packaging');
const SNIPPETS = '/var/lib/3cxpbx/Bin/nginx/conf/snippets';
const OK: Ran = { code: 0, output: '' };
const FAILED: Ran = { code: 1, output: 'it does not work' };

/** A PBX host as the installer sees it: its files are real, in a folder; its programs only write down what they are told. */
export class Machine {
  readonly #folder = mkdtempSync(join(tmpdir(), '3cx-relay-host-'));
  readonly root = join(this.#folder, 'machine');
  readonly ran: string[] = [];
  /** Whatever is run and fits this fails. */
  broken: RegExp | null = null;
  /** These versions do not come up. */
  readonly sick = new Set<string>();
  /** So many times a version that reads newer files does not start: until a backup is brought back. */
  isMigrated = false;
  running: string | null = null;
  admins: string[] = [];
  #isEnabled = false;

  constructor({ has3cx = true } = {}) {
    this.write('/etc/passwd', 'root:x:0:0::/root:/bin/sh\n');
    this.write('/etc/group', 'root:x:0:\n');
    this.write('/etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n');
    this.write(
      '/var/lib/dpkg/status',
      'Package: 3cxpbx\nStatus: install ok installed\nVersion: 20.0.7.1080\n',
    );
    for (const folder of ['/run/systemd/system', '/etc/systemd/system', '/usr/local/bin', '/opt', '/var/lib'])
      mkdirSync(join(this.root, folder), { recursive: true });
    if (has3cx) mkdirSync(join(this.root, SNIPPETS), { recursive: true });
  }

  get host(): Host {
    return {
      isLive: true,
      isRoot: true,
      rootId: process.geteuid?.() ?? 0,
      at: path => join(this.root, path),
      run: async (program, args) => this.#run(program, args),
      freeBytes: async () => 2e9,
      isPortFree: async () => !this.broken?.test('port'),
      versionAt: async () => this.running,
      wait: async () => {},
    };
  }

  /** As typed, with --yes. */
  async does(line: string): Promise<Answer> {
    const words = line.split(' ').filter(word => word !== '');
    const { runnable, given } = await parse(COMMANDS, [
      ...words,
      '--quiet',
      '--no-input',
      ...(words[0] === 'footprint' ? [] : ['--yes']),
    ]);
    // biome-ignore lint/suspicious/noExplicitAny: each gets what its own table made
    const typed = given as any;
    const makeAdmin = async () => {
      if (this.admins.length > 0) return null;
      this.admins.push(typed.admin);
      return { name: typed.admin, password: 'made-once' };
    };
    const name = runnable.command.name;
    if (name === 'install') return install(typed, { host: this.host, makeAdmin });
    const command = { upgrade, rollback, uninstall, footprint, 'support-mode': supportMode }[name];
    if (command === undefined) throw new Error(`${name} is no command for a host`);
    return command(typed, this.host);
  }

  async says(line: string): Promise<string> {
    const { text } = await this.does(line);
    const plain = (words: string): string => words;
    return text({ good: plain, bad: plain, warn: plain, dim: plain } as unknown as Parameters<
      typeof text
    >[0]);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  has(path: string): boolean {
    return lstatSync(join(this.root, path), { throwIfNoEntry: false }) !== undefined;
  }

  /** Every file with its content, mode and owner. */
  everything(): Record<string, string> {
    const names = readdirSync(this.root, { recursive: true }) as string[];
    return Object.fromEntries(
      names.toSorted().map(name => [`/${name}`, this.#picture(join(this.root, name))]),
    );
  }

  /** A release as the real one is laid out, of which nothing works. */
  release(version: string, unit = ''): string {
    const folder = join(this.#folder, `3cx-relay-${version}-linux-x64`);
    writeRelease(folder, version, unit);
    return folder;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #picture(path: string): string {
    const status = lstatSync(path);
    const kind = `${status.mode.toString(8)} ${status.uid}:${status.gid}`;
    if (status.isSymbolicLink()) return `${kind} -> ${readlinkSync(path)}`;
    return status.isFile() ? `${kind} ${status.mtimeMs} ${readFileSync(path, 'utf8')}` : kind;
  }

  #run(program: string, args: readonly string[]): Ran {
    const line = `${program.split('/').at(-1)} ${args.join(' ')}`;
    this.ran.push(line);
    if (this.broken?.test(line)) return FAILED;
    if (line.startsWith('nginx -t')) return OK;
    if (line.startsWith('systemctl')) return this.#systemctl(args);
    if (line.startsWith('3cx-relay')) return this.#relay(args);
    return this.#accounts(program, args);
  }

  #systemctl([verb = '', ...rest]: readonly string[]): Ran {
    if (rest.includes('nginx.service')) return OK;
    if (verb === 'is-active') return this.running === null ? FAILED : OK;
    if (verb === 'is-enabled') return this.#isEnabled ? OK : FAILED;
    if (verb === 'enable') this.#isEnabled = true;
    if (verb === 'disable') this.#isEnabled = false;
    if (verb === 'stop' || rest.includes('--now')) this.running = null;
    if (verb !== 'restart') return OK;
    const version = existsSync(join(this.root, '/etc/systemd/system/3cx-relay.service'))
      ? readFileSync(
          join(this.root, readlinkSync(join(this.root, '/opt/3cx-relay/current')), 'VERSION'),
          'utf8',
        ).trim()
      : null;
    const comesUp = version !== null && !this.sick.has(version) && !(this.isMigrated && version === '1.0.0');
    this.running = comesUp ? version : null;
    return comesUp ? OK : FAILED;
  }

  #relay([verb = '']: readonly string[]): Ran {
    if (verb === 'backup') return { code: 0, output: JSON.stringify({ data: { folder: '/backups/one' } }) };
    if (verb === 'restore') this.isMigrated = false;
    return OK;
  }

  #accounts(program: string, args: readonly string[]): Ran {
    const name = args.at(-1) ?? '';
    const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
    const without = (file: string): void =>
      this.write(
        file,
        this.read(file)
          .split('\n')
          .filter(line => !line.startsWith(`${name}:`))
          .join('\n'),
      );
    if (program === 'groupadd') appendFileSync(join(this.root, '/etc/group'), `${name}:x:${gid}:\n`);
    if (program === 'useradd')
      appendFileSync(
        join(this.root, '/etc/passwd'),
        `${name}:x:${uid}:${gid}::/var/lib/3cx-relay:/usr/sbin/nologin\n`,
      );
    if (program === 'userdel') without('/etc/passwd');
    if (program === 'groupdel') without('/etc/group');
    return OK;
  }
}

export function writeRelease(folder: string, version: string, unit = ''): void {
  const files: Record<string, string> = {
    VERSION: `${version}\n`,
    'bin/3cx-relay': '#!/bin/sh\n',
    'runtime/bin/node': '#!/bin/sh\n',
    'dist/cli/main.js': '',
    'schema.sql': '',
    'package.json': JSON.stringify({ version }),
    'packaging/3cx-relay.service': readFileSync(join(PACKAGING, '3cx-relay.service'), 'utf8') + unit,
    'packaging/nginx/60-3cx-relay.conf': readFileSync(join(PACKAGING, 'nginx/60-3cx-relay.conf'), 'utf8'),
    'share/man/man1/3cx-relay.1': '.TH\n',
    'share/completions/3cx-relay.bash': '\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
    if (text.startsWith('#!')) chmodSync(join(folder, name), 0o755);
  }
}
