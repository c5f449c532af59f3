import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { KnobBoard } from '../knobs.ts';
import {
  countRows,
  peerLogin,
  readerLogin,
  sampleRecord,
  startTestBench,
  type TestBench,
  withClient,
} from './test-bench.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = await startTestBench();
});
afterEach(() => {
  bench.knobs.reset();
});
afterAll(() => bench.stop());

const reader = () => readerLogin(bench.database.address);
const peer = () => peerLogin(bench.database.address);
const socketFile = () => join(bench.database.address.socketFolder, `.s.PGSQL.${bench.database.address.port}`);
const isUp = () => vi.waitFor(() => countRows(reader(), 'dn'), { timeout: 5_000, interval: 20 });

it('gone: connections break, new ones are refused, and it comes back on the same port', async () => {
  const client = new Client(reader());
  const broken = new Promise(resolve => client.once('error', resolve));
  await client.connect();
  bench.knobs.turn({ database: 'gone' });
  await broken;
  await expect(countRows(reader(), 'dn')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(countRows(peer(), 'dn')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(socketFile())).toBe(false);

  bench.knobs.turn({ database: 'up' });
  await isUp();
  expect(await countRows(peer(), 'dn')).toBe(0);
});

it('gone and back many times in one go: the last word counts', async () => {
  for (let turn = 0; turn < 20; turn += 1) bench.knobs.turn({ database: turn % 2 === 0 ? 'gone' : 'up' });
  await isUp();
});

it('gone: what was written meanwhile is there afterwards', async () => {
  const before = await countRows(reader(), 'cdroutput');
  bench.knobs.turn({ database: 'gone' });
  bench.database.writeRecord(sampleRecord(1));
  await bench.database.settled();
  bench.knobs.turn({ database: 'up' });
  await isUp();
  expect(await countRows(reader(), 'cdroutput')).toBe(before + 1);
});

it('hanging: takes connections and answers nobody until it is up again', async () => {
  await withClient(reader(), async client => {
    bench.knobs.turn({ database: 'hanging' });
    const socket = connect(bench.database.address.port, '127.0.0.1');
    await new Promise(resolve => socket.once('connect', resolve));
    socket.destroy();
    const late = new Client({ ...reader(), connectionTimeoutMillis: 200 });
    late.on('error', () => {});
    await expect(late.connect()).rejects.toThrow(/timeout/);

    let hasAnswered = false;
    const answer = client.query('SELECT 1 AS one').then(result => {
      hasAnswered = true;
      return result.rows;
    });
    // That the writer gets through to the server is a sign that an answer would have been there by now.
    bench.database.writeRecord(sampleRecord(2));
    await bench.database.settled();
    expect(hasAnswered).toBe(false);
    bench.knobs.turn({ database: 'up' });
    expect(await answer).toEqual([{ one: 1 }]);
  });
});

it('slow: each answer comes so late, and big ones arrive whole and in order', async () => {
  await withClient(reader(), async client => {
    bench.knobs.turn({ databaseDelayMs: 150 });
    const started = performance.now();
    const { rows } = await client.query(
      "SELECT n, repeat('x', 2000) AS text FROM generate_series(1, 5000) AS n",
    );
    const tookMs = performance.now() - started;
    expect(rows.map(row => row.n)).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1));
    expect(tookMs).toBeGreaterThanOrEqual(149);
  });
});

it('a client that goes away during a long delay is let go of', async () => {
  bench.knobs.turn({ databaseDelayMs: 60_000 });
  const clients = Array.from({ length: 5 }, () => new Client(reader()));
  for (const client of clients) {
    client.on('error', () => {});
    client.connect().catch(() => {});
    await new Promise<void>(resolve => client.connection.stream.once('connect', () => resolve()));
    client.connection.stream.destroy();
  }
  bench.knobs.turn({ databaseDelayMs: 0 });
  const others = "pg_stat_activity WHERE usename = 'logsreader' AND pid <> pg_backend_pid()";
  await vi.waitFor(async () => expect(await countRows(reader(), others)).toBe(0), { timeout: 5_000 });
});

it('the hundred-first client is refused in the server’s own words, and our writer is not', async () => {
  const clients: Client[] = [];
  const connectOneMore = async () => {
    const client = new Client(reader());
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
  };
  const connectAll = async () => {
    while (clients.length <= 100) await connectOneMore();
  };
  await expect(connectAll()).rejects.toMatchObject({ code: '53300', severity: 'FATAL' });
  // A connection of a test before may not have ended quite yet.
  expect(clients.length).toBeGreaterThan(95);
  expect(clients.length).toBeLessThanOrEqual(100);
  bench.database.writeRecord(sampleRecord(0x800));
  await bench.database.settled();
  await Promise.all(clients.map(client => client.end()));
  await isUp();
});

it('what comes on top of that is cut off', async () => {
  const sockets = Array.from({ length: 201 }, () => connect(bench.database.address.port, '127.0.0.1'));
  const closed = sockets.map(
    socket => new Promise(resolve => socket.on('error', resolve).on('close', resolve)),
  );
  await Promise.race(closed);
  for (const socket of sockets) socket.destroy();
  await Promise.all(closed);
  await isUp();
});

it('locked: readers and our writer wait, and nothing is lost', async () => {
  const before = await countRows(reader(), 'cdroutput');
  bench.knobs.turn({ database: 'locked' });
  await withClient({ ...reader(), statement_timeout: 100 }, async client => {
    const read = () => client.query('SELECT count(*) FROM cdroutput');
    await vi.waitFor(() => expect(read()).rejects.toMatchObject({ code: '57014' }), { timeout: 5_000 });
    expect((await client.query('SELECT * FROM cdrrecordings')).rows).toEqual([]);
  });
  for (let n = 0; n < 3_000; n += 1) bench.database.writeRecord(sampleRecord(0x1000 + n));
  expect(bench.database.writerState.waiting).toBe(3_000);

  bench.knobs.turn({ database: 'up' });
  await bench.database.settled();
  expect(await countRows(reader(), 'cdroutput')).toBe(before + 3_000);
  expect(bench.database.writerState).toEqual({ waiting: 0, dropped: 0, lastFault: undefined });
});

it('locked although a reader is under way, and called off before it could be', async () => {
  await withClient(reader(), async client => {
    await client.query('BEGIN');
    await client.query('SELECT count(*) FROM cdroutput');
    bench.knobs.turn({ database: 'locked' });
    const waits = "pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted";
    await vi.waitFor(async () => expect(await countRows(reader(), waits)).toBe(1), { timeout: 5_000 });
    bench.knobs.turn({ database: 'up' });
    await vi.waitFor(async () => expect(await countRows(reader(), waits)).toBe(0), { timeout: 5_000 });
  });
});

it('stops although it was locked from the start, with a client and a record waiting', async () => {
  const stuck = await startTestBench({ knobs: new KnobBoard({ database: 'locked' }) });
  const client = new Client(readerLogin(stuck.database.address));
  client.on('error', () => {});
  await client.connect();
  const read = client.query('SELECT * FROM cdroutput');
  stuck.database.writeRecord(sampleRecord(1));
  const outcomes = Promise.allSettled([read, stuck.database.settled()]);
  stuck.knobs.turn({ databaseDelayMs: 60_000 });
  await stuck.stop();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('keeps its port when it is gone from the start', async () => {
  const absent = await startTestBench({ knobs: new KnobBoard({ database: 'gone' }) });
  const login = readerLogin(absent.database.address);
  await expect(countRows(login, 'dn')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  absent.knobs.turn({ database: 'up' });
  await vi.waitFor(() => countRows(login, 'dn'), { timeout: 5_000, interval: 20 });
  await absent.stop();
});
