import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { VERSION } from '../../src/shared/version.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
const children: ChildProcess[] = [];

beforeEach(async () => {
  rig = await RelayRig.start();
  operating = new Operating(rig);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rig.stop();
});

function modeOf(path: string): string {
  return (lstatSync(path).mode & 0o777).toString(8);
}

/** Looks at files as fast as it can, and says every mode it has seen of each. */
const LOOKER = `
const { lstatSync } = require('node:fs');
const seen = {};
process.stdin.once('data', () => {
  process.stdout.write(JSON.stringify(seen));
  process.exit();
});
process.stdout.write('looking');
const look = () => {
  const until = Date.now() + 5;
  while (Date.now() < until)
    for (const path of process.argv.slice(1)) {
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found) (seen[path] ??= {})[(found.mode & 0o777).toString(8)] = true;
    }
  setImmediate(look);
};
look();
`;

it('is open to the service and its group, and was never open wider, not even for a moment', async () => {
  await rig.daemon.stop();
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const token = join(rig.home, 'operator.token');
  const child = spawn(process.execPath, ['-e', LOOKER, operating.socketPath, token]);
  children.push(child);
  await once(child.stdout, 'data');
  await rig.startDaemon();
  const answer = once(child.stdout, 'data');
  child.stdin.write('enough');
  const seen = JSON.parse(String((await answer)[0]));
  expect(seen).toEqual({ [operating.socketPath]: { 660: true }, [token]: { 600: true } });
});

it('makes its folder for the group only', async () => {
  const home = mkdtempSync(join(tmpdir(), '3cx-relay-socket-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const { listenOnSocket } = await import('../../src/daemon/outlets/control/control-socket.ts');
  const { createServer: createHttp } = await import('node:http');
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const server = createHttp();
  await listenOnSocket(server, join(home, 'run', 'control.sock'));
  expect([modeOf(join(home, 'run')), modeOf(join(home, 'run', 'control.sock'))]).toEqual(['750', '660']);
  expect(process.umask()).toBe(0);
  server.close();
});

it('goes with the daemon, and so does the operator token', async () => {
  const { socketPath, operatorToken } = operating;
  await rig.daemon.stop();
  expect([existsSync(socketPath), existsSync(join(rig.home, 'operator.token'))]).toEqual([false, false]);
  await rig.startDaemon();
  expect(operating.operatorToken).not.toBe(operatorToken);
  expect((await operating.get('/admin/whoami', { token: operatorToken })).status).toBe(401);
});

it('takes the place of a socket that a killed daemon left behind', async () => {
  await rig.daemon.stop();
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script, operating.socketPath]), 'exit');
  expect(lstatSync(operating.socketPath).isSocket()).toBe(true);
  await rig.startDaemon();
  expect((await operating.get('/admin/about', { token: null })).body.pid).toBe(process.pid);
});

it('a second daemon refuses to start and says who is there, and harms nothing', async () => {
  const { operatorToken } = operating;
  await expect(rig.startDaemon()).rejects.toMatchObject({
    code: 'E_CONFLICT',
    detail: expect.stringContaining(`pid ${process.pid}, version ${VERSION}`),
  });
  expect(operating.operatorToken).toBe(operatorToken);
  expect((await operating.get('/admin/about')).status).toBe(200);
});

it('a daemon of another folder that answers on the same socket is named as well', async () => {
  await rig.daemon.stop();
  const other = createServer(socket => {
    socket.resume().end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"pid":4711,"version":"9.9.9"}');
  });
  await once(other.listen(operating.socketPath), 'listening');
  await expect(rig.startDaemon()).rejects.toMatchObject({
    code: 'E_CONFLICT',
    detail: expect.stringContaining('pid 4711, version 9.9.9'),
  });
  expect(existsSync(join(rig.home, 'operator.token'))).toBe(false);
  await new Promise(resolve => other.close(resolve));
  await rig.startDaemon();
});

it('what is no socket is not removed', async () => {
  await rig.daemon.stop();
  writeFileSync(operating.socketPath, 'precious');
  await expect(rig.startDaemon()).rejects.toMatchObject({
    code: 'E_CONFLICT',
    detail: expect.stringContaining('is no socket'),
  });
  rmSync(operating.socketPath);
  await rig.startDaemon();
});
