import { encodeCursor } from '../../../src/daemon/sources/threecx/history/records/history-cursor.ts';
import { download } from '../../load/download.ts';
import { type Figure, limitFigure, ratioFigure, type Scenario, type Settings } from '../../measure/figure.ts';
import { median } from '../../measure/statistics.ts';
import { type Archive, startArchive } from './archive.ts';

const ROWS = { quick: 50_000, full: 1_000_000 };
/** How far down the second page is. */
const DEEP = { quick: 20_000, full: 400_000 };
const LIMIT = 100;
/** A page is one answer, too little for a round of its own. */
const ASKS_PER_ROUND = 3;
const AT_LEAST = 1.2;
const MS_PER_SECOND = 1000;

export const historyScenario: Scenario = {
  name: 'history',
  does: `the first page of ${LIMIT} records of ${ROWS.full.toLocaleString('en-US')}, and the page at row ${DEEP.full.toLocaleString('en-US')}`,
  run: compare,
};

interface Place {
  name: string;
  relayQuery: string;
  peerQuery: string;
  sql: string;
}

async function compare({ isQuick, rounds, say }: Settings): Promise<Figure[]> {
  const wanted = isQuick ? ROWS.quick : ROWS.full;
  say(`${wanted} past records are written first`);
  const archive = await startArchive(wanted);
  try {
    const figures: Figure[] = [];
    for (const place of [first(archive), await deep(archive, isQuick ? DEEP.quick : DEEP.full)]) {
      figures.push(...(await pagesAt(archive, place, rounds)));
    }
    figures.push(await callsPage(archive, rounds));
    return figures;
  } finally {
    await archive.stop();
  }
}

function first({ range: { start, end } }: Archive): Place {
  return {
    name: 'first page',
    relayQuery: `start=${start}&end=${end}`,
    peerQuery: '',
    sql: '',
  };
}

async function deep({ range: { start, end }, recordAt }: Archive, position: number): Promise<Place> {
  const { key, id } = await recordAt(position);
  const query = { group: 'legs' as const, start: Date.parse(start), end: Date.parse(end), limit: LIMIT };
  const cursor = encodeCursor({ startedKey: key, id, asOf: null }, { query, origin: 'cdroutput' });
  return {
    name: `page at row ${position.toLocaleString('en-US')}`,
    relayQuery: `cursor=${cursor}`,
    peerQuery: `&key=${encodeURIComponent(key)}&id=${id}`,
    sql: `AND (cdr_started_at, cdr_id) < ('${key}', '${id}')`,
  };
}

async function pagesAt(archive: Archive, place: Place, rounds: number): Promise<Figure[]> {
  const { relay, peer, rows, range } = archive;
  const { start, end } = range;
  const relayUrl = `${relay.url}/relay/call-history?group=legs&limit=${LIMIT}&${place.relayQuery}`;
  const peerUrl = `${peer.url}/page?start=${start}&end=${end}&limit=${LIMIT}${place.peerQuery}`;
  const headers = { authorization: `Bearer ${relay.key()}` };
  await demandSameRecords({ relayUrl, peerUrl, headers });
  const ours: number[] = [];
  const theirs: number[] = [];
  const psql: number[] = [];
  for (let round = 0; round < rounds * ASKS_PER_ROUND; round++) {
    ours.push((await download(relayUrl, { headers })).ms);
    theirs.push((await download(peerUrl)).ms);
    const ms = await archive.psqlMs(
      `SELECT * FROM cdroutput WHERE cdr_started_at >= '${start}' AND cdr_started_at < '${end}' ${place.sql} ORDER BY cdr_started_at DESC, cdr_id DESC LIMIT ${LIMIT}`,
    );
    if (ms !== null) psql.push(ms);
  }
  const what = `${place.name} of ${rows.toLocaleString('en-US')}`;
  const perSecond = (times: number[]): number[] => times.map(ms => MS_PER_SECOND / ms);
  const note = `${median(ours).toFixed(0)} ms`;
  const pair = { what, unit: 'pages/s', relay: perSecond(ours), note };
  return [
    ratioFigure({ ...pair, against: 'http-pg', peer: perSecond(theirs), atLeast: AT_LEAST }),
    ...(psql.length > 0 ? [ratioFigure({ ...pair, against: 'psql', peer: perSecond(psql) })] : []),
  ];
}

/** Faster at something else would be no merit. */
async function demandSameRecords(asked: {
  relayUrl: string;
  peerUrl: string;
  headers: Record<string, string>;
}): Promise<void> {
  const ours = await download(asked.relayUrl, { headers: asked.headers, isKept: true });
  const theirs = await download(asked.peerUrl, { isKept: true });
  const idsOf = ({ text }: { text: string }, name: string): string =>
    JSON.parse(text)
      .records.map((record: Record<string, string>) => record[name])
      .join();
  if (ours.status !== 200 || theirs.status !== 200)
    throw new Error(
      `The pages were answered with ${ours.status} and ${theirs.status}: ${ours.text || theirs.text}`,
    );
  if (idsOf(ours, 'id') !== idsOf(theirs, 'cdr_id'))
    throw new Error('Relay and peer give different records for the same page');
}

/** Calls put together of their legs have no plain counterpart; told for itself. */
async function callsPage({ relay, range, rows }: Archive, rounds: number): Promise<Figure> {
  const url = `${relay.url}/relay/call-history?group=calls&limit=${LIMIT}&start=${range.start}&end=${range.end}`;
  const times: number[] = [];
  for (let round = 0; round < rounds; round++)
    times.push((await download(url, { headers: { authorization: `Bearer ${relay.key()}` } })).ms);
  return limitFigure({
    what: `first page of calls of ${rows.toLocaleString('en-US')} records`,
    unit: 'ms',
    relay: median(times),
  });
}
