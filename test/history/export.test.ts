import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryQuery } from '../../src/daemon/core/ports.ts';
import { type ExportFormat, openExport } from '../../src/daemon/outlets/relay/history/history-export.ts';
import { AppError } from '../../src/shared/errors.ts';
import {
  type HistoryRig,
  type Opened,
  openDatabase,
  ourSessions,
  startHistoryRig,
  untilUp,
} from './history-rig.ts';

const ROWS_LEAST = 50_000;
const RSS_GROWTH_MAX_BYTES = 150 * 1_048_576;

let rig: HistoryRig;
let opened: Opened;
let query: HistoryQuery;
let rows: number;
let server: Server;
let lastError: unknown;
beforeAll(async () => {
  rig = await startHistoryRig();
  const now = Date.now();
  rows = await rig.simulator.fillHistory({ days: 30, callsPerDay: 1000 });
  query = { start: now - 40 * 86_400_000, end: now + 86_400_000, group: 'legs', limit: 100 };
  opened = await untilUp(openDatabase(rig, { poolMax: 4 }));
  server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('client gone')));
    const format: ExportFormat = request.url === '/csv' ? 'csv' : 'ndjson';
    const acceptEncoding = request.headers['accept-encoding'];
    openExport({
      records: make => opened.history.stream(query, gone.signal, make),
      format,
      acceptEncoding,
      signal: gone.signal,
      stallMs: 1000,
    })
      .then(exported => {
        response.writeHead(200, exported.headers);
        return exported.send(response);
      })
      .catch(error => {
        lastError = error;
        response.destroy();
      });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
}, 60_000);
afterEach(async () => {
  await expect.poll(inTransaction, { timeout: 3000 }).toBe(0);
  lastError = undefined;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await opened.close();
  await rig.stop();
});

function ask(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ port, path, headers, agent: false }, resolve).on('error', reject);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const inTransaction = async () => (await ourSessions(rig)).filter(({ state }) => state !== 'idle').length;

describe('an export', () => {
  it('of the whole table is complete, and takes no more memory for it', async () => {
    expect(rows).toBeGreaterThan(ROWS_LEAST);
    const before = process.memoryUsage().rss;
    let lines = 0;
    let peak = 0;
    const counting = new Writable({
      write(chunk: Buffer, _encoding, done) {
        for (const byte of chunk) if (byte === 10) lines += 1;
        peak = Math.max(peak, process.memoryUsage().rss);
        done();
      },
    });
    const { signal } = new AbortController();
    const exported = await openExport({
      records: make => opened.history.stream(query, signal, make),
      format: 'ndjson',
      acceptEncoding: undefined,
      signal,
    });
    await exported.send(counting);
    expect(lines).toBe(rows);
    expect(peak - before).toBeLessThan(RSS_GROWTH_MAX_BYTES);
  }, 30_000);

  it('comes zipped to who can read that, and says the same', async () => {
    const plain = await ask('/csv');
    expect(plain.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      vary: 'Accept, Accept-Encoding',
    });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const text = await bodyOf(plain);
    expect(text.toString().split('\r\n')).toHaveLength(rows + 2);
    const zipped = await ask('/csv', { 'accept-encoding': 'br, gzip;q=0.5' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(await bodyOf(zipped)).equals(text)).toBe(true);
    const refused = await ask('/ndjson', { 'accept-encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
    refused.destroy();
  }, 30_000);

  it('ends on the server when its client goes away, and the connection is free for the next', async () => {
    const message = await ask('/ndjson');
    message.pause();
    await expect.poll(inTransaction).toBe(1);
    message.destroy();
    await expect.poll(inTransaction, { timeout: 3000 }).toBe(0);
    for (let turn = 0; turn < 3; turn += 1) {
      const next = await ask('/csv');
      next.destroy();
      await expect.poll(inTransaction, { timeout: 3000 }).toBe(0);
    }
    expect((await opened.history.page(query)).records).toHaveLength(100);
  }, 20_000);

  it('is cancelled in the middle of a question the server is working on', async () => {
    const gone = new AbortController();
    const stream = opened.database.stream(
      { text: 'SELECT pg_sleep(20)::text', values: [] },
      gone.signal,
      row => row,
    );
    const first = stream.next();
    await expect
      .poll(async () =>
        (await ourSessions(rig)).some(
          ({ state, query: text }) => state === 'active' && text.startsWith('FETCH'),
        ),
      )
      .toBe(true);
    gone.abort(new Error('client gone'));
    await expect(first).rejects.toThrow('client gone');
    await expect.poll(inTransaction, { timeout: 1500 }).toBe(0);
  });

  it('of a client that takes nothing is cut, so that it sees the end is missing', async () => {
    const message = await ask('/ndjson');
    message.pause();
    await expect.poll(() => lastError, { timeout: 5000 }).toMatchObject({ code: 'E_TIMEOUT' });
    await expect.poll(inTransaction, { timeout: 3000 }).toBe(0);
    await expect(bodyOf(message)).rejects.toThrow('aborted');
  });

  it('leaves a connection for pages: one too many is refused', async () => {
    const { signal } = new AbortController();
    const begin = () => opened.history.stream(query, signal, record => record)[Symbol.asyncIterator]();
    const running = [begin(), begin(), begin()];
    await Promise.all(running.map(stream => stream.next()));
    await expect(begin().next()).rejects.toMatchObject({ code: 'E_RATE_LIMITED', retryAfterSeconds: 30 });
    expect((await opened.history.page(query)).records).toHaveLength(100);
    await Promise.all(running.map(stream => stream.return?.(undefined)));
    await expect.poll(inTransaction, { timeout: 3000 }).toBe(0);
    const next = begin();
    expect((await next.next()).done).toBe(false);
    await next.return?.(undefined);
  });

  it('ends with what is wrong with a row, and takes nothing along', async () => {
    const unreadable = new AppError('E_UPSTREAM', { detail: 'no time' });
    const { signal } = new AbortController();
    const statement = { text: 'SELECT n::text FROM generate_series(1, 1000) n', values: [] };
    const taken: string[] = [];
    const reading = async () => {
      for await (const batch of opened.database.stream(statement, signal, ([n]) => {
        if (n === '700') throw unreadable;
        return n ?? '';
      }))
        taken.push(...batch);
    };
    await expect(reading()).rejects.toBe(unreadable);
    expect(taken.at(-1)).toBe('500');
    expect((await opened.history.page(query)).records).toHaveLength(100);
  });

  it('that fails at once does so before a header is out', async () => {
    async function* broken(): AsyncGenerator<string[]> {
      yield* [];
      throw new Error('no database');
    }
    const { signal } = new AbortController();
    await expect(
      openExport({ records: broken, format: 'csv', acceptEncoding: undefined, signal }),
    ).rejects.toThrow('no database');
  });

  it('that fails later tears the connection, zipped or not', async () => {
    for (const acceptEncoding of [undefined, 'gzip']) {
      async function* breaking(): AsyncGenerator<string[]> {
        yield [];
        throw new Error('database gone');
      }
      const output = new Writable({ write: (_chunk, _encoding, done) => done() });
      output.on('error', () => {});
      const { signal } = new AbortController();
      const exported = await openExport({ records: breaking, format: 'csv', acceptEncoding, signal });
      await expect(exported.send(output)).rejects.toThrow('database gone');
      expect(output.destroyed).toBe(true);
      expect(output.writableFinished).toBe(false);
    }
  });
});
