import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Ended {
  code: number;
  output: string;
}

const BOOT_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;
const RUN_WITHIN_MS = 240_000;
const OUTPUT_BYTES_MAX = 16_777_216;
const ENVIRONMENT = ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LC_ALL=C.UTF-8'];

/** A Debian that is booted with its own systemd and no network but its own loopback. */
export class Container {
  readonly folder: string;
  #child: ChildProcess | undefined;
  #init = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  async boot(): Promise<void> {
    const args = ['--boot', '--register=no', '--keep-unit', '--private-network', '--console=pipe', '--quiet'];
    this.#child = spawn('systemd-nspawn', [...args, `--directory=${this.folder}`], { stdio: 'ignore' });
    await this.until(
      'it has booted',
      async () => {
        const pid = this.#child?.pid ?? 0;
        this.#init = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0] ?? 0);
        if (this.#init === 0) return false;
        const { output } = await this.run('systemctl is-system-running');
        return output === 'running' || output === 'degraded';
      },
      BOOT_WITHIN_MS,
    );
  }

  /** As root, by its shell. */
  run(line: string): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const command = ['/usr/bin/env', '-i', ...ENVIRONMENT, 'sh', '-c', line];
    execFile(
      'nsenter',
      ['--target', String(this.#init), '--all', '--', ...command],
      { timeout: RUN_WITHIN_MS, maxBuffer: OUTPUT_BYTES_MAX },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: `${stdout}${stderr}`.trim() });
      },
    );
    return promise;
  }

  /** Throws when it does not end well. */
  async must(line: string): Promise<string> {
    const { code, output } = await this.run(line);
    if (code !== 0) throw new Error(`'${line}' ended with ${code}:\n${output}`);
    return output;
  }

  async until(what: string, is: () => Promise<boolean>, withinMs = STOP_WITHIN_MS): Promise<void> {
    const end = performance.now() + withinMs;
    while (performance.now() < end) {
      if (await is().catch(() => false)) return;
      await new Promise(done => setTimeout(done, LOOK_EVERY_MS));
    }
    throw new Error(`after ${withinMs / 1000} s it is not so that ${what}`);
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  /** Every path with what it is: no times, and no content of what is large. */
  async picture(): Promise<Map<string, string>> {
    const places = LOOKED_AT.join(' ');
    const all = await this.must(`find ${places} -xdev -printf '%p\\t%y %m %U:%G %l\\n'`);
    const sums = await this.must(`find ${places} -xdev -type f -size -1024k -print0 | xargs -0 md5sum`);
    const picture = new Map(all.split('\n').map(line => line.split('\t') as [string, string]));
    for (const line of sums.split('\n')) {
      const [sum = '', path = ''] = line.split('  ');
      picture.set(path, `${picture.get(path)} ${sum}`);
    }
    for (const path of picture.keys()) if (NOBODYS.test(path)) picture.delete(path);
    return picture;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, 'close');
    await this.run('systemctl poweroff');
    const timer = setTimeout(() => spawnSync('kill', ['-9', String(child.pid)]), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }
}

const LOOKED_AT = ['/etc', '/opt', '/usr', '/var', '/root', '/home', '/srv'];
/** What a running Debian writes by itself, and the copies that useradd keeps of what it changed. */
const NOBODYS =
  /^\/(var\/(log|cache|tmp|lib\/systemd|lib\/private)\b|etc\/(passwd-|shadow-|group-|gshadow-|subuid-?|subgid-?|\.pwd\.lock|resolv\.conf|machine-id|adjtime)|root\/)/;
