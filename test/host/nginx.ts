import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

const SNIPPET = join(import.meta.dirname, '../../packaging/nginx/60-3cx-relay.conf');
const has = (program: string, flag: string): boolean => spawnSync(program, [flag]).error === undefined;

/** Of this machine: whoever comes to it from here has it too, and is no loopback. Null: there is none. */
export const OUTER_ADDRESS =
  Object.values(networkInterfaces())
    .flatMap(all => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;

export const hasNginx = has('nginx', '-v') && has('openssl', 'version');

/** A real nginx with a site file as 3CX writes it: one server for https, one for http, both including the snippets. */
export class WebServer {
  readonly folder = mkdtempSync(join(tmpdir(), '3cx-relay-nginx-'));
  httpPort = 0;
  #httpsPort = 0;
  #child: ChildProcess | undefined;

  async start(relayUrl: string): Promise<void> {
    [this.#httpsPort, this.httpPort] = [await freePort(), await freePort()];
    // Its workers are another user when this is root.
    chmodSync(this.folder, 0o755);
    mkdirSync(join(this.folder, 'snippets'));
    const snippet = readFileSync(SNIPPET, 'utf8').replace('127.0.0.1:8082', new URL(relayUrl).host);
    writeFileSync(join(this.folder, 'snippets/60-3cx-relay.conf'), snippet);
    this.#certificate();
    writeFileSync(join(this.folder, 'nginx.conf'), this.#config());
    const args = ['-p', this.folder, '-c', 'nginx.conf', '-e', join(this.folder, 'error.log')];
    execFileSync('nginx', ['-t', '-q', ...args]);
    this.#child = spawn('nginx', [...args, '-g', 'daemon off;'], { stdio: 'ignore' });
    await vi.waitFor(async () => {
      const response = await fetch(`http://127.0.0.1:${this.httpPort}/`);
      if (response.status !== 200) throw new Error(`it says ${response.status}`);
    }, 10_000);
  }

  /** As somebody on this machine reaches it, or somebody whose address is another than loopback. */
  https(address = '127.0.0.1'): string {
    return `https://${address}:${this.#httpsPort}`;
  }

  get authority(): string {
    return readFileSync(join(this.folder, 'certificate.pem'), 'utf8');
  }

  async stop(): Promise<void> {
    if (this.#child !== undefined) {
      const ended = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #certificate(): void {
    const files = ['-keyout', join(this.folder, 'key.pem'), '-out', join(this.folder, 'certificate.pem')];
    const names = ['127.0.0.1', ...(OUTER_ADDRESS === null ? [] : [OUTER_ADDRESS])].map(one => `IP:${one}`);
    const subject = ['-subj', '/CN=pbx.example.com', '-addext', `subjectAltName=${names.join(',')}`];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...files, ...subject], {
      stdio: 'ignore',
    });
  }

  #config(): string {
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const temporary = kinds.map(kind => `${kind}_temp_path ${this.folder}/${kind};`).join('\n  ');
    const include = `include "${this.folder}/snippets/*.conf";`;
    return `pid ${this.folder}/nginx.pid;
events {}
http {
  access_log off;
  ${temporary}
  gzip on;
  server {
    listen 127.0.0.1:${this.#httpsPort} ssl http2;
    ${OUTER_ADDRESS === null ? '' : `listen ${OUTER_ADDRESS}:${this.#httpsPort} ssl http2;`}
    ssl_certificate ${this.folder}/certificate.pem;
    ssl_certificate_key ${this.folder}/key.pem;
    client_max_body_size 100m;
    location / { return 200 "3CX"; }
    ${include}
  }
  server {
    listen 127.0.0.1:${this.httpPort};
    location / { return 200 "3CX"; }
    ${include}
  }
}
`;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
