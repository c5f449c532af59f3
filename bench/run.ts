import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import WebSocket from 'ws';
import { type BenchRig, startBenchRig } from './rig.ts';

// First figures, each beside what it should be. Read docs/performance.md before you quote one.
const MB = 1_048_576;
const CLIENTS = 100;
const MEASURE_SECONDS = 10;
const IDLE_CLIENTS = 1000;
const REQUESTS = 20_000;
const REQUESTS_AT_ONCE = 32;
const HISTORY_DAYS = Number(process.env['HISTORY_DAYS'] ?? 60);
const CALLS_PER_DAY = 1500;

const rows: [string, string, string][] = [];

const rig = await startBenchRig({ extensions: 200, queues: 5, speed: 5, seed: 3 });
try {
  await wait(2000);
  row('idle daemon, resident memory', `${(rig.rssBytes() / MB).toFixed(0)} MB`, 'under 90 MB');
  await latency(rig);
  await activeCalls(rig);
  await idleClients(rig);
  await history(rig);
} finally {
  await rig.stop();
}
for (const [what, figure, target] of rows)
  process.stdout.write(`${what.padEnd(58)} ${figure.padStart(24)}   ${target}\n`);

function row(what: string, figure: string, target: string): void {
  rows.push([what, figure, target]);
}

async function open(one: BenchRig, count: number, onMessage?: (text: string) => void): Promise<WebSocket[]> {
  const sockets = Array.from({ length: count }, () => {
    const socket = new WebSocket(`${one.url.replace('http', 'ws')}/relay/ws`, {
      headers: { authorization: `Bearer ${one.key}` },
    });
    if (onMessage) socket.on('message', data => onMessage(String(data)));
    return socket;
  });
  await Promise.all(
    sockets.map(
      socket => new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject)),
    ),
  );
  return sockets;
}

/** From the moment the simulator hands a frame to its socket to the moment a client's message arrives, in this process. */
async function latency(one: BenchRig): Promise<void> {
  const sentAt = new Map<string, number[]>();
  const { switchboard } = one.simulator.pbx;
  switchboard.onOccurrence(occurrence => {
    if (!('leg' in occurrence) || occurrence.leg.own.kind !== 'extension') return;
    const entity = `/callcontrol/${occurrence.leg.own.dn}/participants/${occurrence.leg.id}`;
    sentAt.set(entity, [...(sentAt.get(entity) ?? []), performance.now()]);
  });
  const delays: number[] = [];
  const seen = new Map<string, number>();
  const sockets = await open(one, CLIENTS, text => {
    if (!text.startsWith('{"type":"call_event"')) return;
    const now = performance.now();
    const { seq, data } = JSON.parse(text);
    const { entity } = data.event;
    // The n-th frame of an entity belongs to its n-th occurrence; every client gets it once.
    const key = `${entity}|${seq}`;
    if (!seen.has(key)) seen.set(key, sentAt.get(entity)?.shift() ?? Number.NaN);
    delays.push(now - (seen.get(key) ?? Number.NaN));
  });
  one.simulator.pbx.openOffice(450);
  await wait(5000);
  delays.length = 0;
  seen.clear();
  const cpu = one.cpuSeconds();
  await wait(MEASURE_SECONDS * 1000);
  one.simulator.pbx.openOffice(0);
  const known = delays.filter(Number.isFinite).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${(known[Math.floor(known.length * share)] ?? Number.NaN).toFixed(2)} ms`;
  row(
    `frame to client, ${CLIENTS} clients, ${Math.round(seen.size / MEASURE_SECONDS)} events/s, p50`,
    at(0.5),
    '',
  );
  row('the same, p99', at(0.99), 'under 5 ms');
  row(
    'processor of the daemon meanwhile',
    `${(((one.cpuSeconds() - cpu) / MEASURE_SECONDS) * 100).toFixed(0)} % of a core`,
    '',
  );
  for (const socket of sockets) socket.terminate();
}

async function activeCalls(one: BenchRig): Promise<void> {
  const headers = { authorization: `Bearer ${one.key}` };
  const { Agent, request } = await import('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: REQUESTS_AT_ONCE });
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      request(`${one.url}/relay/active-calls`, { agent, headers }, response => {
        response.resume();
        response.on('end', resolve);
      })
        .on('error', reject)
        .end();
    });
  const cpu = one.cpuSeconds();
  const started = performance.now();
  let asked = 0;
  const worker = async (): Promise<void> => {
    while (asked++ < REQUESTS) await ask();
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, worker));
  const seconds = (performance.now() - started) / 1000;
  const perCore = REQUESTS / (one.cpuSeconds() - cpu);
  agent.destroy();
  const calls = one.simulator.pbx.switchboard.calls.size;
  row(`GET /relay/active-calls, ${calls} calls open, a second`, (REQUESTS / seconds).toFixed(0), '');
  row('the same, per processor second of the daemon', perCore.toFixed(0), 'above 5000');
}

async function idleClients(one: BenchRig): Promise<void> {
  const before = one.rssBytes();
  const sockets = await open(one, IDLE_CLIENTS);
  await wait(3000);
  row(
    `memory of an idle client (${IDLE_CLIENTS})`,
    `${((one.rssBytes() - before) / IDLE_CLIENTS / 1024).toFixed(1)} KiB`,
    'under 12 KiB',
  );
  for (const socket of sockets) socket.terminate();
}

async function history(one: BenchRig): Promise<void> {
  const count = await one.simulator.fillHistory({ days: HISTORY_DAYS, callsPerDay: CALLS_PER_DAY });
  await one.simulator.settled();
  const address = one.simulator.addresses.database;
  if (!address) return;
  const range = {
    start: new Date(Date.now() - HISTORY_DAYS * 86_400_000).toISOString(),
    end: new Date().toISOString(),
  };
  const url = `${one.url}/relay/call-history?group=legs&limit=100&start=${range.start}&end=${range.end}`;
  const headers = { authorization: `Bearer ${one.key}` };
  const client = new pg.Client({
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
  });
  await client.connect();
  const sql =
    'SELECT * FROM cdroutput WHERE cdr_started_at >= $1 AND cdr_started_at < $2 ORDER BY cdr_started_at DESC, cdr_id DESC LIMIT 100';
  const page = await median(async () => void (await (await fetch(url, { headers })).text()));
  const plain = await median(async () => void (await client.query(sql, [range.start, range.end])));
  await client.end();
  row(`first page of ${count} legs`, `${page.toFixed(0)} ms`, '');
  row(
    'the same rows by plain SQL',
    `${plain.toFixed(0)} ms (x ${(page / plain).toFixed(2)})`,
    'at most x 1.5',
  );
  const before = one.rssBytes();
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, one.rssBytes());
  }, 50);
  const started = performance.now();
  const response = await fetch(url.replace('&limit=100', ''), {
    headers: { ...headers, accept: 'application/x-ndjson', 'accept-encoding': 'identity' },
  });
  let lines = 0;
  for await (const chunk of response.body ?? []) for (const byte of chunk) if (byte === 10) lines += 1;
  clearInterval(timer);
  const seconds = (performance.now() - started) / 1000;
  row(`export of ${lines} legs as NDJSON`, `${(lines / seconds).toFixed(0)} rows/s`, '');
  row('daemon’s memory at its peak meanwhile', `${(peak / MB).toFixed(0)} MB`, 'under 200 MB');
}

async function median(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times.toSorted((a, b) => a - b)[3] ?? Number.NaN;
}
