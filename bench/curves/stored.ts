import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { download } from '../load/download.ts';
import { ClosedLoop } from '../load/flow.ts';
import { median } from '../measure/statistics.ts';
import { windowFor } from '../scenarios/fan-out.ts';
import { startArchive } from '../scenarios/records/archive.ts';
import { type RelayBroadcaster, startRelay } from '../servers/broadcaster.ts';
import type { Curve } from './curve.ts';

const JOURNAL = { quick: [2000, 10_000], full: [10_000, 100_000, 500_000] };
const HISTORY = { quick: [5000, 20_000], full: [10_000, 100_000, 1_000_000] };
const RESUMED = 1000;
const ASKS = 5;
const MB = 1_048_576;
const MICROSECONDS = 1_000_000;

export const journalCurve: Curve = {
  name: 'journal',
  title: 'Entries in the journal (one client)',
  headings: [
    'entries',
    'CPU µs/event',
    'files MB',
    `oldest ${RESUMED} entries ms`,
    'start after kill -9 ms',
    'RSS MB',
  ],
  files: 500,
  measure: async settings => {
    // Kept apart from pruning, which begins at the default limit.
    const server = await startRelay({ variables: { JOURNAL_MAX_EVENTS: '2000000', JOURNAL_MAX_MB: '4096' } });
    try {
      const rows: number[][] = [];
      for (const entries of settings.isQuick ? JOURNAL.quick : JOURNAL.full) {
        settings.say(`${entries} entries`);
        const cpuPerEvent = await fillTo(server, entries);
        const resumed = await oldest(server);
        const rss = server.process.rssBytes() / MB;
        const started = await restart(server);
        rows.push([entries, cpuPerEvent, journalMb(server), resumed, started, rss]);
      }
      return rows;
    } finally {
      await server.stop();
    }
  },
};

export const historyCurve: Curve = {
  name: 'history',
  title: 'Records in the PBX database (100 a page)',
  headings: ['records', 'first page of legs ms', 'first page of calls ms', 'one call by id ms'],
  files: 500,
  measure: async settings => {
    const rows: number[][] = [];
    for (const wanted of settings.isQuick ? HISTORY.quick : HISTORY.full) {
      settings.say(`${wanted} records`);
      const archive = await startArchive(wanted);
      try {
        const { relay, range } = archive;
        const base = `${relay.url}/relay/call-history`;
        const headers = { authorization: `Bearer ${relay.key()}` };
        const page = (group: string): string =>
          `${base}?group=${group}&start=${range.start}&end=${range.end}`;
        const { text } = await download(page('calls'), { headers, isKept: true });
        const id = JSON.parse(text).records[0].id;
        const timeOf = async (url: string): Promise<number> => {
          const times: number[] = [];
          for (let ask = 0; ask < ASKS; ask++) times.push((await download(url, { headers })).ms);
          return median(times);
        };
        const [legs, calls, one] = [
          await timeOf(page('legs')),
          await timeOf(page('calls')),
          await timeOf(`${base}/${id}`),
        ];
        rows.push([archive.rows, legs, calls, one]);
      } finally {
        await archive.stop();
      }
    }
    return rows;
  },
};

/** Returns processor microseconds for each event meanwhile. */
async function fillTo(server: RelayBroadcaster, entries: number): Promise<number> {
  const crowd = await server.connect({ count: 1 });
  const [client] = crowd.listeners;
  const before = { cpu: server.process.cpuSeconds(), sent: server.upstream.sent };
  const loop = new ClosedLoop({ upstream: server.upstream, crowd, ...windowFor(1) });
  loop.start();
  while ((client?.cursor ?? 0) < entries) await wait(5);
  await loop.stop();
  crowd.end();
  const sent = server.upstream.sent - before.sent;
  return ((server.process.cpuSeconds() - before.cpu) * MICROSECONDS) / sent;
}

async function oldest(server: RelayBroadcaster): Promise<number> {
  const times: number[] = [];
  for (let ask = 0; ask < ASKS; ask++) {
    const beganAt = performance.now();
    const crowd = await server.connect({ count: 1, after: 0 });
    while ((crowd.listeners[0]?.entries ?? 0) < RESUMED) await wait(1);
    times.push(performance.now() - beganAt);
    crowd.end();
  }
  return median(times);
}

async function restart({ relay }: RelayBroadcaster): Promise<number> {
  relay.process.signal('SIGKILL');
  await relay.process.stop();
  const beganAt = performance.now();
  relay.restart();
  await relay.seesCalls();
  return performance.now() - beganAt;
}

function journalMb({ relay }: RelayBroadcaster): number {
  const files = readdirSync(relay.home, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter(file => file.isFile() && file.name.startsWith('journal.db'))
    .map(file => statSync(join(file.parentPath, file.name)).size);
  return sizes.reduce((sum, size) => sum + size, 0) / MB;
}
