import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/** A running page, and what it wrote to its console. */
export interface Page {
  logged: string[];
  warned: string[];
  stop(): Promise<void>;
}

/** Where pages can be opened; all of one site have its origin. */
export interface Site {
  origin: string;
  open(script: string): Promise<Page>;
  stop(): Promise<void>;
}

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
const CHROMIUM_FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** What stands in the README for pages, and what the guide adds to it, for this relay. */
export function readmeClient({ relay, key }: { relay: string; key: string }): string {
  const pages = ['README.md', 'docs/api.md'].map(file =>
    readFileSync(join(import.meta.dirname, '../..', file), 'utf8'),
  );
  const blocks = [...pages.join('\n').matchAll(/^```js\n(.*?)^```/gms)].map(match => match[1]);
  return blocks
    .join('\n')
    .replace(/^const relay = .*$/m, `const relay = ${JSON.stringify(relay)};`)
    .replace(/^const key = .*$/m, `const key = ${JSON.stringify(key)};`);
}

/** Node has a browser's WebSocket, EventSource and fetch, but asks no origin. */
export async function nodeSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), '3cx-page-'));
  const open = async (script: string): Promise<Page> => {
    const file = join(folder, 'page.mjs');
    writeFileSync(file, script);
    const args = ['--experimental-eventsource', '--disable-warning=ExperimentalWarning', file];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const page: Page = { logged: [], warned: [], stop: () => ended(child) };
    createInterface({ input: child.stdout }).on('line', line => page.logged.push(line));
    createInterface({ input: child.stderr }).on('line', line => page.warned.push(line));
    return page;
  };
  return { origin: 'http://node.example', open, stop: async () => rmSync(folder, { recursive: true }) };
}

/** A web server of its own, so an origin of its own, and a real browser that opens its page. */
export async function chromiumSite(): Promise<Site> {
  let script = '';
  let page: Page = { logged: [], warned: [], stop: async () => {} };
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const lines: ['logged' | 'warned', string][] = JSON.parse(await text(request));
      for (const [how, line] of lines) page[how].push(line);
      response.end();
    } else {
      const [type, body] = request.url === '/page.js' ? ['text/javascript', script] : ['text/html', HTML];
      response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
    }
  });
  const origin = await listening(server);
  const open = async (given: string): Promise<Page> => {
    script = given;
    const profile = mkdtempSync(join(tmpdir(), '3cx-chromium-'));
    const args = [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, origin];
    const child = spawn(CHROMIUM, args, { stdio: 'ignore' });
    const stop = async (): Promise<void> => {
      await ended(child);
      rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
    };
    page = { logged: [], warned: [], stop };
    return page;
  };
  return { origin, open, stop: async () => void server.close() };
}

/** The console goes home in order, one request at a time. */
const HTML = `<!doctype html><script>
  const lines = [];
  const put = (how, args) => lines.push([how, args.map(String).join(' ')]);
  console.log = (...args) => put('logged', args);
  console.warn = (...args) => put('warned', args);
  addEventListener('error', ({ message }) => put('warned', [message]));
  addEventListener('unhandledrejection', ({ reason }) => put('warned', [reason]));
  (async () => {
    for (;;) {
      if (lines.length > 0) await fetch('/', { method: 'POST', body: JSON.stringify(lines.splice(0)) });
      else await new Promise(resolve => setTimeout(resolve, 50));
    }
  })();
</script><script type="module" src="/page.js"></script>`;

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
