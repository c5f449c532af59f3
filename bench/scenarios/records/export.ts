import { type Download, download } from '../../load/download.ts';
import { type Figure, limitFigure, ratioFigure, type Scenario, type Settings } from '../../measure/figure.ts';
import { median } from '../../measure/statistics.ts';
import type { ServerProcess } from '../../servers/server-process.ts';
import { type Archive, startArchive } from './archive.ts';

const ROWS = { quick: 10_000, full: 100_000 };
const AT_LEAST = 1.5;
const GROWTH_MAX_MB = 20;
const MB = 1_048_576;
const LOOK_EVERY_MS = 10;
const FORMATS = [
  { name: 'NDJSON', accept: 'application/x-ndjson', query: 'ndjson', headLines: 0 },
  { name: 'CSV', accept: 'text/csv', query: 'csv', headLines: 1 },
];

export const exportScenario: Scenario = {
  name: 'export',
  does: `${ROWS.full.toLocaleString('en-US')} records as NDJSON and as CSV, and what memory it takes`,
  run: compare,
};

interface Run {
  rowsPerSecond: number;
  rowsPerCpuSecond: number;
  growthMb: number;
}

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const archive = await startArchive(isQuick ? ROWS.quick : ROWS.full);
  try {
    const figures: Figure[] = [];
    for (const format of FORMATS) {
      say(`${archive.rows} records as ${format.name}`);
      figures.push(...(await exportsAs(archive, format, rounds)));
    }
    return figures;
  } finally {
    await archive.stop();
  }
}

async function exportsAs(
  { relay, peer, rows, range: { start, end } }: Archive,
  { name, accept, query, headLines }: (typeof FORMATS)[number],
  rounds: number,
): Promise<Figure[]> {
  const headers = { authorization: `Bearer ${relay.key()}`, accept, 'accept-encoding': 'identity' };
  const relayUrl = `${relay.url}/relay/call-history?group=legs&start=${start}&end=${end}`;
  const peerUrl = `${peer.url}/export?start=${start}&end=${end}&format=${query}`;
  const ours: Run[] = [];
  const theirs: Run[] = [];
  const expected = rows + headLines;
  for (let round = 0; round < rounds; round++) {
    ours.push(await watched(relay.process, () => download(relayUrl, { headers }), expected));
    theirs.push(await watched(peer.process, () => download(peerUrl), expected));
  }
  const what = `export of ${rows.toLocaleString('en-US')} records as ${name}`;
  const figure = (of: 'rowsPerSecond' | 'rowsPerCpuSecond', unit: string, atLeast?: number): Figure =>
    ratioFigure({
      ...{ what, unit, against: 'http-pg' },
      relay: ours.map(run => run[of]),
      peer: theirs.map(run => run[of]),
      ...(atLeast !== undefined && { atLeast }),
    });
  return [
    figure('rowsPerSecond', 'rows/s', AT_LEAST),
    figure('rowsPerCpuSecond', 'rows/CPU s'),
    limitFigure({
      ...{ what: `${what}: memory grows`, unit: 'MB', against: 'http-pg' },
      relay: median(ours.map(run => run.growthMb)),
      peer: median(theirs.map(run => run.growthMb)),
      atMost: GROWTH_MAX_MB,
    }),
  ];
}

async function watched(
  process: ServerProcess,
  work: () => Promise<Download>,
  expectedLines: number,
): Promise<Run> {
  const rss = process.rssBytes();
  const cpu = process.cpuSeconds();
  let peak = rss;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.rssBytes());
  }, LOOK_EVERY_MS);
  try {
    const { lines, ms, status } = await work();
    if (status !== 200 || lines !== expectedLines)
      throw new Error(`An export was answered with ${status} and ${lines} lines instead of ${expectedLines}`);
    return {
      rowsPerSecond: (lines * 1000) / ms,
      rowsPerCpuSecond: lines / (process.cpuSeconds() - cpu),
      growthMb: (Math.max(peak, process.rssBytes()) - rss) / MB,
    };
  } finally {
    clearInterval(watch);
  }
}
