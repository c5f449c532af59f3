import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createNetServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Outcome, Shell } from './kit.ts';

/** What stands where the daemon should: the command line must not hang, swell or talk nonsense, whatever it is. */
const HUGE_BYTES = 2 ** 30;
const about = {
  pid: 1,
  version: manifest.version,
  api: 1,
  startedAt: 1,
  relayUrl: 'http://x',
  publicUrl: null,
};

let home: string;
let shell: Shell;
let server: Server | undefined;
const open = new Set<Socket>();

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  writeFileSync(join(home, 'operator.token'), 'any');
  shell = new Shell(home);
});
afterEach(async () => {
  for (const socket of open) socket.destroy();
  await new Promise(resolve => (server ? server.close(resolve) : resolve(null)));
  server = undefined;
  rmSync(home, { recursive: true });
});

async function standIn(made: Server): Promise<void> {
  server = made.on('connection', socket => {
    open.add(socket.on('error', () => {}));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(join(home, 'control.sock'), resolve);
  await promise;
}

function says(answer: RequestListener): Promise<void> {
  return standIn(createServer(answer));
}

/** It answers who it is, and then so. */
function daemonSays(answer: RequestListener): Promise<void> {
  return says((request, response) => {
    if (request.url === '/admin/about') response.end(JSON.stringify(about));
    else answer(request, response);
  });
}

interface Told {
  code: number | null;
  error: string;
  message: string;
}

function told({ code, stdout, stderr }: Outcome): Told {
  expect(stdout).toBe('');
  const { error } = JSON.parse(stderr);
  expect(error.hint).not.toBe('');
  return { code, error: error.code, message: error.message };
}

const askedFor = (...args: string[]): Promise<Outcome> => shell.run([...args, '--json']);

it('one that accepts and never answers: it took too long', async () => {
  await standIn(createNetServer());
  const started = performance.now();
  const outcome = told(await askedFor('connections', '--timeout', '1s'));
  expect(outcome).toMatchObject({ code: 7, error: 'E_TIMED_OUT', message: expect.stringContaining('1 s') });
  expect(performance.now() - started).toBeLessThan(10_000);
});

it.each([
  ['the greeting', says],
  ['a later answer', daemonSays],
])('one that falls silent in the middle of %s: it took too long', async (_, stands) => {
  await stands((_request, response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('{"pid":');
  });
  expect(told(await askedFor('connections', '--timeout', '1s'))).toMatchObject({
    code: 7,
    error: 'E_TIMED_OUT',
  });
});

it('one that ends in the middle of its answer: it went away', async () => {
  await daemonSays((_request, response) => {
    response.writeHead(200, { 'Content-Length': 1000 });
    response.write('{"components":[', () => response.destroy());
  });
  expect(told(await askedFor('connections'))).toEqual({
    code: 3,
    error: 'E_DAEMON_AWAY',
    message: 'The daemon went away in the middle of its answer.',
  });
});

it('another program: that is said, with the first of what it answered', async () => {
  await standIn(createNetServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
  expect(told(await askedFor('connections'))).toMatchObject({ code: 1, error: 'E_ANSWER' });
});

it.each([
  ['a page', 200, '<!doctype html><title>Welcome to nginx!</title>', 'Welcome to nginx'],
  ['a page that says there is none', 404, '<h1>Not Found</h1>', 'status 404'],
  ['null', 200, 'null', 'which version'],
  ['nothing', 200, '', 'which version'],
  ['other JSON', 200, '{"ok":true}', 'which version'],
])('a web server that answers %s: that is said', async (_, status, body, saying) => {
  await says((_request, response) => response.writeHead(status).end(body));
  expect(told(await askedFor('connections'))).toMatchObject({
    code: 1,
    error: 'E_ANSWER',
    message: expect.stringContaining(saying),
  });
});

it.each([200, 500])('an answer without end, status %i: refused before it fills the memory', async status => {
  let written = 0;
  const piece = Buffer.alloc(2 ** 16, ' ');
  await daemonSays((_request, response) => {
    response.writeHead(status);
    const write = (): void => {
      while (written < HUGE_BYTES && !response.destroyed && response.write(piece)) written += piece.length;
    };
    response.on('drain', write);
    write();
  });
  expect(told(await askedFor('connections'))).toMatchObject({ code: 1, error: 'E_ANSWER' });
  expect(written).toBeLessThan(HUGE_BYTES / 8);
});

it('a daemon of another version: said beside the answer, and not with --quiet', async () => {
  const older = { ...about, version: '0.0.9' };
  await says((request, response) => {
    const body = request.url === '/admin/about' ? older : { keys: [] };
    response.end(JSON.stringify(body));
  });
  const { code, stderr } = await shell.run(['keys', 'list']);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining(`The daemon is 0.0.9, this program is ${manifest.version}`),
  });
  expect(await shell.run(['keys', 'list', '--quiet'])).toMatchObject({ code: 0, stderr: '' });
});

it('a daemon that has taken away what we use: refused, and both versions named', async () => {
  await says((_request, response) => response.end(JSON.stringify({ ...about, version: '9.0.0', api: 99 })));
  const { code, error, message } = told(await askedFor('connections'));
  expect({ code, error }).toEqual({ code: 1, error: 'E_VERSION_SKEW' });
  expect(message).toContain('9.0.0');
  expect(message).toContain(manifest.version);
});
