import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TestBench } from '../xapi/test-bench.ts';
import { CdrService } from './cdr-service.ts';
import { type CdrField, CdrSettingsStore } from './cdr-settings.ts';

const FIELDS: CdrField[] = (['historyid', 'to-dn', 'reason-terminated'] as const).map(Name => ({
  Name,
  Length: null,
}));

let folder: string;
let settings: CdrSettingsStore;
let service: CdrService;
let bench: TestBench;
const sockets: (Socket | Server)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdr-service-'));
  settings = new CdrSettingsStore({ EnabledFields: FIELDS });
  service = new CdrService({
    settings,
    outputFolder: join(folder, 'logs'),
    bufferMaxBytes: 65_536,
    reconnectMs: 5,
  });
  bench = new TestBench();
  bench.parts.switchboard.onOccurrence(occurrence => {
    if (occurrence.kind === 'recordClosed') service.write(occurrence.record, occurrence.callId);
  });
});

afterEach(async () => {
  await service.stop();
  for (const socket of sockets.splice(0)) 'close' in socket ? socket.close() : socket.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function makeCall(call = 'a'): void {
  bench.play({ do: 'dial', call, by: '101', to: '102' }, 1000, { do: 'hangUp', call, by: 'caller' });
}

interface Reader {
  socket: Socket;
  text: () => string;
}

async function readerAt(port: number | null): Promise<Reader> {
  const socket = connect(port ?? 0, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('data', chunk => {
    text += chunk;
  });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return { socket, text: () => text };
}

async function listener(): Promise<{ server: Server; port: number; accepted: Socket[]; text: () => string }> {
  const accepted: Socket[] = [];
  let text = '';
  const server = createServer(socket => {
    accepted.push(socket);
    socket.on('data', chunk => {
      text += chunk;
    });
  });
  sockets.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port, accepted, text: () => text };
}

/** The service counts a reader a moment after the reader is connected: calls go on until all have read one. */
async function readByAll(readers: Reader[]): Promise<void> {
  let number = 0;
  await vi.waitFor(() => {
    number += 1;
    makeCall(`warm-up ${number}`);
    for (const reader of readers) expect(reader.text()).not.toBe('');
  });
}

test('passive: every reader gets every line', async () => {
  settings.patch({ Enabled: true });
  await service.start();
  const readers = [await readerAt(service.port), await readerAt(service.port)];
  await readByAll(readers);
  bench.play({ do: 'dial', call: 'x', by: '101', to: '103' }, 10, { do: 'hangUp', call: 'x', by: 'callee' });
  for (const reader of readers) {
    await vi.waitFor(() => expect(reader.text()).toMatch(/Call \d+,103,TerminatedByDst\r\n$/));
  }
});

test('passive: a reader that does not read is cut off, the others go on', async () => {
  settings.patch({ Enabled: true, EnabledFields: [{ Name: 'chain', Length: null }, ...FIELDS] });
  await service.start();
  const slow = await readerAt(service.port);
  const quick = await readerAt(service.port);
  await readByAll([slow, quick]);
  const ended = new Promise(resolve => slow.socket.once('close', resolve));
  slow.socket.on('error', () => {});
  slow.socket.pause();
  const record = bench.parts.callLog.last()?.record;
  if (!record) throw new Error('no record');
  const long = { ...record, source_dn_number: 'x'.repeat(20_000) };
  await vi.waitFor(
    () => {
      service.write(long, 1);
      service.write(long, 1);
      expect(quick.text().length).toBeGreaterThan(10_000_000);
    },
    { timeout: 15_000, interval: 1 },
  );
  slow.socket.resume();
  await ended;
  expect(quick.socket.destroyed).toBe(false);
});

test('active: it connects, loses what happens while nobody listens, and comes back', async () => {
  const first = await listener();
  settings.patch({ Enabled: true, LogType: 'ActiveSocket', SocketPort: first.port });
  await service.start();
  await vi.waitFor(() => expect(first.accepted).toHaveLength(1));
  makeCall('heard');
  await vi.waitFor(() => expect(first.text()).toBe('Call 1,102,TerminatedBySrc\r\n'));

  first.accepted[0]?.destroy();
  await vi.waitFor(() => expect(first.accepted).toHaveLength(2));
  await vi.waitFor(() => {
    makeCall('again');
    expect(first.text().split('\r\n').length).toBeGreaterThan(2);
  });
});

test('active: with nobody there it keeps trying and stops when told', async () => {
  const gone = await listener();
  await new Promise(resolve => gone.server.close(resolve));
  settings.patch({ Enabled: true, LogType: 'ActiveSocket', SocketPort: gone.port });
  await service.start();
  makeCall('lost');
  await new Promise<void>(resolve => gone.server.listen(gone.port, '127.0.0.1', resolve));
  await vi.waitFor(() => expect(gone.accepted.length).toBeGreaterThan(0));
  expect(gone.text()).toBe('');
});

test('one file for all calls, or one for each', async () => {
  settings.patch({ Enabled: true, LogType: 'SingleFileForAllCalls' });
  await service.start();
  makeCall('a');
  makeCall('b');
  const file = () => readFileSync(join(folder, 'logs', 'cdr.log'), 'utf8');
  expect(file()).toBe('Call 1,102,TerminatedBySrc\r\nCall 2,102,TerminatedBySrc\r\n');

  settings.patch({ LogType: 'SingleFileForEachCall' });
  await service.settled();
  makeCall('c');
  makeCall('d');
  const names = readdirSync(join(folder, 'logs')).toSorted();
  expect(names).toEqual(['cdr.log', expect.stringMatching(/^cdr_3_/), expect.stringMatching(/^cdr_4_/)]);
  expect(file().split('\r\n')).toHaveLength(3);
});

test('it follows its settings while it runs, and says when a port is taken', async () => {
  await service.start();
  expect(service.port).toBeNull();
  const other = await listener();
  settings.patch({ Enabled: true, SocketPort: other.port });
  await service.settled();
  expect(service.port).toBeNull();
  expect(service.fault).toMatch(/EADDRINUSE/);
  settings.patch({ SocketPort: 0 });
  await service.settled();
  expect(service.fault).toBeNull();
  expect(service.port).toBeGreaterThan(0);
  settings.patch({ Enabled: false });
  await service.settled();
  expect(service.port).toBeNull();
});
