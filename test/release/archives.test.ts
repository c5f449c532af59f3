import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/shared/version.ts';
import { filesIn, release, testFolder, whyNot } from './kit.ts';

// Packing takes half a minute of a core, so this waits to be asked: npm run test:release. The tree itself, what it
// brings and that it runs, is proven in the ordinary run (tree.test.ts).
const missing = whyNot('zstd', 'dpkg-deb', 'dpkg');
const why = process.env['TEST_RELEASE'] ? missing : 'skipped: only with npm run test:release';
const whyNoRoot = why || (process.getuid?.() === 0 ? '' : 'skipped: dpkg installs as root only');
const whyNoLintian = why || whyNot('lintian');

const folder = testFolder();
const made = join(folder, 'made');
const again = join(folder, 'again');
const name = `3cx-relay-${VERSION}-linux-x64`;
const deb = `3cx-relay_${VERSION}_amd64.deb`;
const sh = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] });
const textIn = (...path: string[]): string => readFileSync(join(...path), 'utf8');

beforeAll(async () => {
  if (why) return;
  await release(made);
}, 200_000);

describe.skipIf(why)(`The archives ${why}`, () => {
  it('are the same byte for byte when made again, by somebody with other habits', {
    timeout: 200_000,
  }, async () => {
    const before = process.umask(0o077);
    try {
      await release(again, [], { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', TMPDIR: folder });
    } finally {
      process.umask(before);
    }
    expect(textIn(again, 'SHA256SUMS')).toBe(textIn(made, 'SHA256SUMS'));
    expect(filesIn(again).filter(file => !file.includes('/'))).toEqual(
      [`${name}.tar.zst`, deb, 'SHA256SUMS'].toSorted(),
    );
  });

  it('are as their sums say, and the tarball holds the tree, owned by root', () => {
    expect(spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: made }).status).toBe(0);
    mkdirSync(join(folder, 'unpacked'));
    sh('tar', '--zstd', '-xf', join(made, `${name}.tar.zst`), '-C', join(folder, 'unpacked'));
    sh('diff', '-r', join(made, name), join(folder, 'unpacked', name));
    const listed = sh('tar', '--zstd', '-tvf', join(made, `${name}.tar.zst`))
      .trim()
      .split('\n');
    expect(listed.filter(line => !/^[-d]rw[-x]r-[-x]r-[-x] 0\/0 /.test(line))).toEqual([]);
  });
});

/** An empty Debian system as dpkg sees it: with what the package needs, and nothing that could be hurt. */
class EmptySystem {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    for (const part of ['var/lib/dpkg/info', 'var/lib/dpkg/updates', 'etc/systemd/system']) {
      mkdirSync(join(root, part), { recursive: true });
    }
    const there = ['libc6', 'libgcc-s1', 'libstdc++6', 'passwd'].map(
      library =>
        `Package: ${library}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 99\nMaintainer: x\nDescription: x\n`,
    );
    writeFileSync(join(root, 'var/lib/dpkg/status'), `${there.join('\n')}\n`);
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  }

  dpkg(...args: string[]): void {
    // The scripts are told of the root by DPKG_ROOT; nothing is installed outside of it.
    const where = [`--root=${this.root}`, `--log=${this.root}/var/lib/dpkg/log`, '--force-script-chrootless'];
    sh('dpkg', ...where, '--force-confold', ...args);
  }

  /** Without dpkg's own notes and the accounts, which stay by design. */
  files(): string[] {
    return filesIn(this.root).filter(
      file => !/^var\/lib\/dpkg\/|^etc\/(?:passwd|group|g?shadow|\.pwd\.lock)/.test(file),
    );
  }
}

describe.skipIf(whyNoRoot)(`The package ${whyNoRoot}`, () => {
  const newer = join(folder, 'newer.deb');
  const config = 'etc/3cx-relay/relay.env';
  const wants = 'etc/systemd/system/multi-user.target.wants';

  beforeAll(() => {
    if (whyNoRoot) return;
    const parts = join(folder, 'newer');
    sh('dpkg-deb', '-R', join(made, deb), parts);
    const control = join(parts, 'DEBIAN/control');
    writeFileSync(control, textIn(control).replace(/^Version: .*$/m, 'Version: 99.0'));
    writeFileSync(join(parts, config), '# a new template\n');
    sh('dpkg-deb', '-Zgzip', '-z1', '-b', parts, newer);
  }, 60_000);

  it('installs, upgrades with an edited configuration kept, downgrades, is removed, is purged', {
    timeout: 100_000,
  }, () => {
    const system = new EmptySystem(join(folder, 'system'));
    const { root } = system;
    const before = system.files();

    // Two of it would be in each other's way, and a purge would take the state of both.
    mkdirSync(join(root, 'opt/3cx-relay'), { recursive: true });
    symlinkSync('releases/1', join(root, 'opt/3cx-relay/current'));
    expect(() => system.dpkg('--install', join(made, deb))).toThrow('3cx-relay uninstall');
    rmSync(join(root, 'opt'), { recursive: true });
    expect(system.files()).toEqual(before);

    system.dpkg('--install', join(made, deb));
    expect(sh(join(root, 'usr/bin/3cx-relay'), '--version')).toBe(`3cx-relay ${VERSION}\n`);
    const group = Number(/^3cxrelay:[^:]*:(\d+):/m.exec(textIn(root, 'etc/group'))?.[1]);
    expect(textIn(root, 'etc/passwd')).toMatch(/^3cxrelay:.*:\/usr\/sbin\/nologin$/m);
    const { mode, uid, gid } = statSync(join(root, config));
    expect([(mode & 0o777).toString(8), uid, gid]).toEqual(['640', 0, group]);
    const unit = textIn(root, 'usr/lib/systemd/system/3cx-relay.service');
    expect(unit).toContain('ExecStart=/usr/lib/3cx-relay/bin/3cx-relay daemon\n');
    expect(unit).not.toContain('/opt/');

    // It is set up, switched on, and runs for a while.
    writeFileSync(join(root, config), 'FQDN=pbx.example.com\n');
    mkdirSync(join(root, wants));
    symlinkSync('/usr/lib/systemd/system/3cx-relay.service', join(root, wants, '3cx-relay.service'));
    mkdirSync(join(root, 'var/lib/3cx-relay'));
    writeFileSync(join(root, 'var/lib/3cx-relay/state.db'), 'keys');
    const kept = (): void => {
      expect(textIn(root, config)).toBe('FQDN=pbx.example.com\n');
      expect(textIn(root, 'var/lib/3cx-relay/state.db')).toBe('keys');
    };

    system.dpkg('--install', newer);
    kept();
    expect(readlinkSync(join(root, wants, '3cx-relay.service'))).toContain('3cx-relay.service');
    expect(textIn(root, `${config}.dpkg-dist`)).toBe('# a new template\n');

    system.dpkg('--install', join(made, deb));
    kept();
    expect(sh('dpkg-query', `--admindir=${root}/var/lib/dpkg`, '-s', '3cx-relay')).toContain(
      `\nVersion: ${VERSION}\n`,
    );

    system.dpkg('--remove', '3cx-relay');
    kept();
    const left = system.files().filter(file => !before.includes(file));
    expect(left.filter(file => !/^(?:etc|var\/lib)\/3cx-relay\//.test(file))).toEqual([]);

    system.dpkg('--purge', '3cx-relay');
    expect(system.files()).toEqual(before);
    const folders = sh('find', root, '-name', '*3cx*', '-not', '-path', '*/var/lib/dpkg/*');
    expect(folders).toBe('');
  });
});

describe.skipIf(whyNoLintian)(`For lintian ${whyNoLintian}`, () => {
  it('the package has no error but those with a written reason', { timeout: 240_000 }, () => {
    const { status, stdout } = spawnSync(
      'lintian',
      ['--allow-root', '--fail-on', 'error,warning', join(made, deb)],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout.split('\n').filter(line => /^[EW]:/.test(line))).toEqual([]);
    expect(status).toBe(0);
  });
});
