import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Crowd } from './crowd.ts';
import { Listener, type ListenerOptions } from './listener.ts';

// What the bench would not notice it would also not print: each kind of loss must show.
let server: Server;
let sockets: Socket[];
const TEXT = 0x81;
const PING = 0x89;

beforeEach(async () => {
  sockets = [];
  server = createServer(socket => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n');
      sockets.push(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function listen(options: Partial<ListenerOptions> = {}): Promise<Listener> {
  const listener = new Listener({ port: (server.address() as AddressInfo).port, path: '/', ...options });
  await listener.opened();
  return listener;
}

function frame(text: string, opcode = TEXT): Buffer {
  const body = Buffer.from(text);
  const head =
    body.length < 126 ? [opcode, body.length] : [opcode, 126, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from(head), body]);
}

function entry(seq: number, prev: number, padding = 600): Buffer {
  const data = JSON.stringify({ sequence: seq, event: { text: 'x'.repeat(padding) } });
  return frame(`{"type":"call_event","seq":${seq},"prev":${prev},"time":1,"source":"3cx","data":${data}}`);
}

function longEntry(seq: number, prev: number): Buffer {
  const body = entry(seq, prev, 60_000).subarray(4);
  const head = Buffer.alloc(10);
  head[0] = TEXT;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

const hello = frame('{"type":"hello","epoch":"e1","head":10,"oldest":1}');

test('a chain without a hole is counted, however the bytes are cut', async () => {
  const bytes = Buffer.concat([
    hello,
    entry(11, 10),
    frame('{"type":"heartbeat","head":11}'),
    longEntry(12, 11),
    entry(13, 12),
  ]);
  for (const size of [1, 3, 63, 700, 65_536]) {
    const listener = await listen();
    const socket = sockets.at(-1);
    for (let at = 0; at < bytes.length && at < 3000; at += size) {
      socket?.write(bytes.subarray(at, Math.min(at + size, 3000)));
      if (size < 700) await new Promise(setImmediate);
    }
    socket?.write(bytes.subarray(Math.min(3000, bytes.length)));
    await expect.poll(() => listener.cursor).toBe(13);
    expect(listener).toMatchObject({ events: 3, faults: { holes: 0, disorder: 0, gaps: 0 }, epoch: 'e1' });
    listener.end();
  }
});

test('a missing entry, a repeated one, a gap and a cut each show', async () => {
  const crowd = new Crowd();
  const listener = await listen();
  crowd.listeners.push(listener);
  const [socket] = sockets;
  socket?.write(Buffer.concat([hello, entry(11, 10), entry(13, 12)]));
  await expect.poll(() => listener.cursor).toBe(13);
  expect(crowd.faults()).toBe('1 holes');
  socket?.write(Buffer.concat([entry(13, 11), frame('{"type":"gap","scope":"client","reason":"expired"}')]));
  await expect.poll(() => crowd.faults()).toBe('1 holes, 1 out of order, 1 gaps');
  socket?.destroy();
  await expect.poll(() => crowd.faults()).toBe('1 holes, 1 out of order, 1 gaps, 1 clients cut');
});

test('the first entry after a cut has to follow on the place the client had', async () => {
  const good = await listen({ after: 10 });
  sockets.at(-1)?.write(Buffer.concat([hello, entry(11, 10)]));
  const bad = await listen({ after: 9 });
  sockets.at(-1)?.write(Buffer.concat([hello, entry(11, 10)]));
  await expect.poll(() => [good.events, bad.events]).toEqual([1, 1]);
  expect([good.faults.holes, bad.faults.holes]).toEqual([0, 1]);
  good.end();
  bad.end();
});

test('a ping is answered with its payload', async () => {
  const listener = await listen();
  const [socket] = sockets;
  const heard: Buffer[] = [];
  socket?.on('data', bytes => heard.push(bytes));
  socket?.write(frame('how are you', PING));
  await expect.poll(() => Buffer.concat(heard).toString('latin1')).toBe('\x8a\x8b\0\0\0\0how are you');
  listener.end();
});
