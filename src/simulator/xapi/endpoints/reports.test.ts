import { expect, test, vi } from 'vitest';
import { callLogPath, TestBench } from '../test-bench.ts';
import { answerXapi } from '../xapi.ts';

const LOGINS =
  "/ReportAgentLoginHistory/Pbx.GetAgentLoginHistoryData(clientTimeZone='Europe%2FLondon',startDt=2025-10-14T00:00:00Z,endDt=2025-10-15T23:59:59Z,queueDnStr='900',agentDnStr='101')";

function benchWithCalls(calls: number): TestBench {
  const bench = new TestBench();
  for (let number = 0; number < calls; number += 1) {
    const call = `call ${number}`;
    bench.play({ do: 'dial', call, by: '101', to: '102' }, 1000, { do: 'hangUp', call, by: 'caller' }, 1000);
  }
  return bench;
}

test('every argument must be there, and no other', async () => {
  const bench = new TestBench();
  const path = callLogPath();
  expect(await bench.status(path)).toBe(200);
  for (const argument of path.slice(path.indexOf('(') + 1, -1).split(',')) {
    const shorter = path.replace(argument, '').replace(',,', ',').replace('(,', '(').replace(',)', ')');
    expect(await bench.status(shorter), argument).toBe(404);
  }
  expect(await bench.status(path.replace(')', ',more=1)'))).toBe(404);
  expect(await bench.status('/ReportCallLogData/Pbx.GetCallLogData()')).toBe(404);
  expect(await bench.status('/ReportCallLogData/Pbx.GetCallLogData')).toBe(404);
});

test('an argument of the wrong type is a server error', async () => {
  const bench = new TestBench();
  for (const bad of ['yesterday', "'2025-10-14T00:00:00Z'", '2025-02-30T00:00:00Z', '2025-10-14T00:00:00']) {
    expect(await bench.status(callLogPath({ periodFrom: bad })), bad).toBe(500);
  }
  expect(await bench.status(callLogPath({ sourceType: 'all' }))).toBe(500);
  expect(await bench.status(callLogPath({ hidePcalls: '1' }))).toBe(500);
  expect(await bench.status(callLogPath({ sourceFilter: '101' }))).toBe(500);
});

test('percent-encoded paths are the same paths', async () => {
  const bench = benchWithCalls(1);
  const path = callLogPath();
  const encoded = path
    .replaceAll(':', '%3A')
    .replaceAll("'", '%27')
    .replaceAll('=', '%3D')
    .replaceAll(',', '%2C');
  expect(await bench.rows(encoded)).toEqual(await bench.rows(path));
});

test('the period counts in UTC and with offsets', async () => {
  const bench = benchWithCalls(1);
  const one = { periodFrom: '2025-10-14T11:30:58%2B02:00', periodTo: '2025-10-14T09:30:59Z' };
  expect(await bench.rows(callLogPath(one))).toHaveLength(1);
  expect(await bench.rows(callLogPath({ ...one, periodFrom: '2025-10-14T09:30:59Z' }))).toEqual([]);
});

test('rows come newest first; asking for an order loses the newest', async () => {
  const bench = benchWithCalls(20);
  const ids = (rows: Record<string, unknown>[]) => rows.map(row => row['CallId']);
  expect(ids(await bench.rows(`${callLogPath()}?$top=3`))).toEqual([20, 19, 18]);
  expect(ids(await bench.rows(`${callLogPath()}?$orderby=CallId desc&$top=3`))).toEqual([18, 17, 16]);
  expect(ids(await benchWithCalls(1).rows(`${callLogPath()}?$orderby=CallId`))).toEqual([]);
});

test('a filter code whose meaning nobody knows is refused', async () => {
  expect(await new TestBench().status(callLogPath({ callsType: '3' }))).toBe(400);
});

test('the old system’s calls are there only on an upgraded one, and stay as they are', async () => {
  const bench = new TestBench();
  const period = { periodFrom: '2020-01-01T00:00:00Z', periodTo: '2025-12-31T00:00:00Z' };
  const oldPath = callLogPath(period, 'GetOldCallLogData');
  expect(await bench.rows('/CallHistoryView')).toEqual([]);
  expect(await bench.rows(oldPath)).toEqual([]);
  bench.parts.knobs.turn({ callHistoryView: 'old' });
  const before = await bench.rows('/CallHistoryView');
  expect(before).toHaveLength(50);
  expect(await bench.rows(oldPath)).toHaveLength(50);
  bench.play({ do: 'dial', call: 'a', by: '101', to: '102' }, { do: 'hangUp', call: 'a', by: 'caller' });
  expect(await bench.rows('/CallHistoryView')).toEqual(before);
  const query =
    '$filter=date(SegmentStartTime) ge 2024-03-05 and date(SegmentStartTime) le 2024-03-06&$count=true';
  const { value, '@odata.count': count } = await bench.collection(`/CallHistoryView?${query}`);
  const days = value.map(row => String(row['SegmentStartTime']).slice(0, 10));
  expect(new Set(days)).toEqual(new Set(['2024-03-05', '2024-03-06']));
  expect(count).toBe(value.length);
});

test('the web proxy gives up on a slow report', async () => {
  const bench = new TestBench({ reportTimeoutSeconds: 0.01 });
  const answer = await bench.send('GET', callLogPath());
  expect(answer).toMatchObject({ status: 504, text: { type: 'text/html' } });
  expect(answer.text?.content).toContain('504 Gateway Time-out');
  expect(await bench.status('/ActiveCalls')).toBe(200);
});

test('a report that nobody waits for any more is let go', async () => {
  const bench = new TestBench({ reportTimeoutSeconds: 3600 });
  const client = new AbortController();
  const { signal } = client;
  const waiting = answerXapi(bench.parts, {
    ...{ method: 'GET', path: callLogPath(), query: new URLSearchParams(), body: undefined, signal },
  });
  client.abort();
  expect(await waiting).toMatchObject({ status: 504 });
});

test('a period that begins before what is kept times out instead of lying', async () => {
  const bench = benchWithCalls(1);
  vi.spyOn(bench.parts.callLog, 'reachesBackTo').mockReturnValue(false);
  expect(await bench.status(callLogPath())).toBe(504);
});

test('the cheap probe tells the start of the newest record', async () => {
  const bench = new TestBench();
  const path = '/LastCdrAndChatMessageTimestamp';
  expect(await bench.rows(path)).toEqual([{ LastCdrStartedAt: null, LastChatMessageTimeSent: null }]);
  bench.play({ do: 'dial', call: 'a', by: '101', to: '102' }, 500, { do: 'hangUp', call: 'a', by: 'caller' });
  expect(await bench.rows(path)).toMatchObject([{ LastCdrStartedAt: '2025-10-14T09:30:58.102Z' }]);
});

test('the login report cuts stretches at midnight and knows who is still there', async () => {
  const bench = new TestBench();
  bench.play(3_600_000);
  bench.parts.agents.change('101', { queueStatus: 'LoggedOut' });
  bench.play(1_800_000);
  bench.parts.agents.change('101', { queueStatus: 'LoggedIn' });
  bench.play(24 * 3_600_000);
  const rows = await bench.rows(LOGINS);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({
    QueueNo: '900',
    AgentNo: '101',
    Agent: '101 Test, Ada',
    Day: '2025-10-14T00:00:00.000Z',
    loggedInDt: '2025-10-14T09:30:58.102Z',
    LoggedOutDt: '2025-10-14T10:30:58.102Z',
    LoggedInInterval: 'PT1H',
    LoggedInTotalInterval: 'P1DT1H',
  });
  expect(rows[2]).toMatchObject({ loggedInDt: '2025-10-15T00:00:00.000Z', Day: '2025-10-15T00:00:00.000Z' });
  const everybody = LOGINS.replace("'900'", "''").replace("'101'", "''");
  expect(new Set((await bench.rows(everybody)).map(row => row['QueueNo']))).toEqual(new Set(['900', '901']));
});
