import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  ReconnectingSocket,
  SOCKET_LIMITS,
  type SocketListener,
} from '../../src/daemon/sources/reconnecting-socket.ts';

const LIMITS = { ...SOCKET_LIMITS, firstRetryMs: 9, retryFloorMs: 2, retryCapMs: 30, stableAfterMs: 25 };
/** Stands still, so that the time of the next attempt is the delay. */
const clock = { now: () => 0, elapsed: () => performance.now() };

let server: WebSocketServer;
let url: string;
const life = new AbortController();

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise(resolve => server.once('listening', resolve));
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const client of server.clients) client.terminate();
  await new Promise(resolve => server.close(resolve));
});

function listening(changes: Partial<SocketListener>, limits: Partial<typeof LIMITS> = {}) {
  const delays: number[] = [];
  const listener: SocketListener = {
    address: () => Promise.resolve({ url, headers: {} }),
    retryInMs: () => null,
    closed: ({ nextAttemptAt }) => void delays.push(nextAttemptAt),
    opened: () => {},
    text: () => {},
    binary: () => {},
    pong: () => {},
    ...changes,
  };
  const socket = new ReconnectingSocket({
    listener,
    limits: { ...LIMITS, ...limits },
    clock,
    random: () => 1,
  });
  return { socket, delays };
}

describe('a reconnecting socket', () => {
  it('waits first its first time, then longer and longer up to the cap, and never gives up', async () => {
    const { socket, delays } = listening({ address: () => Promise.reject(new Error('no')) });
    socket.start(life.signal);
    await expect.poll(() => delays.length).toBeGreaterThan(8);
    await socket.stop();
    expect(delays.slice(0, 8)).toEqual([9, 4, 8, 16, 30, 30, 30, 30]);
  });

  it('begins anew after a connection that held, not after one that fell at once', async () => {
    let held = 0;
    server.on('connection', client => setTimeout(() => client.close(), held));
    const { socket, delays } = listening({});
    socket.start(life.signal);
    await expect.poll(() => delays.length).toBeGreaterThan(3);
    held = 60;
    await expect.poll(() => delays.at(-1)).toBe(9);
    await socket.stop();
    expect(delays.slice(0, 3)).toEqual([9, 4, 8]);
  });

  it('has one attempt under way, however often it is told to hurry', async () => {
    let underWay = 0;
    let most = 0;
    const { socket, delays } = listening({
      address: async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise(resolve => setImmediate(resolve));
        underWay -= 1;
        return { url, headers: {} };
      },
    });
    socket.start(life.signal);
    for (let time = 0; time < 50; time++) {
      socket.retryNow();
      await new Promise(resolve => setImmediate(resolve));
    }
    await expect.poll(() => socket.isOpen).toBe(true);
    expect(most).toBe(1);
    expect(server.clients.size).toBe(1);
    expect(delays.every(delay => delay === 0)).toBe(true);
    await socket.stop();
  });

  it('gives an upgrade that is never answered its time, no more', async () => {
    const accepted: Socket[] = [];
    const mute = createServer(socket => accepted.push(socket.resume()));
    await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const address = () => Promise.resolve({ url: `ws://127.0.0.1:${port}`, headers: {} });
    const reasons: string[] = [];
    const { socket: hasty } = listening(
      { address, closed: ({ reason }) => void reasons.push(reason) },
      { handshakeMs: 30 },
    );
    hasty.start(life.signal);
    await expect.poll(() => reasons[0] ?? '').toMatch(/no answer to the upgrade|handshake has timed out/);
    await hasty.stop();
    await expect.poll(() => accepted.every(socket => socket.destroyed)).toBe(true);
    await new Promise(resolve => mute.close(resolve));
  });
});
