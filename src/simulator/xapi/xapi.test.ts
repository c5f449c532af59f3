import { expect, test } from 'vitest';
import { callLogPath, TestBench } from './test-bench.ts';

const CALLER = '+442079460901';

test('a queue call is one active row from ring to hang-up, then rows that agree with the records', async () => {
  const bench = new TestBench();
  bench.play({ do: 'dialIn', call: 'a', from: CALLER, did: '+442079460300' }, 40);
  expect(await bench.rows('/ActiveCalls')).toEqual([
    {
      Id: 1,
      Caller: `10001 ${CALLER}`,
      Callee: '+442079460300 Sales',
      Status: 'Routing',
      LastChangeStatus: '2025-10-14T09:30:58.102Z',
      EstablishedAt: null,
      ServerNow: '2025-10-14T09:30:58.142Z',
    },
  ]);

  bench.play({ do: 'route', call: 'a', to: '900' }, { do: 'poll', call: 'a', dns: ['101', '102'] }, 9310);
  expect(await bench.rows('/ActiveCalls')).toMatchObject([{ Callee: '900 Sales', EstablishedAt: null }]);

  bench.play({ do: 'answer', call: 'a', dn: '101' }, 1000);
  expect(await bench.rows('/ActiveCalls')).toMatchObject([
    { Id: 1, Callee: '101 Test, Ada', Status: 'Talking', EstablishedAt: '2025-10-14T09:31:07.452Z' },
  ]);

  bench.play(63_000, { do: 'hangUp', call: 'a', by: 'callee' });
  expect(await bench.rows('/ActiveCalls')).toEqual([]);

  const rows = await bench.rows(callLogPath());
  const records = bench.parts.callLog.entries().map(({ record }) => record);
  expect(rows.map(row => row['CdrId']).toSorted()).toEqual(records.map(({ cdr_id }) => cdr_id).toSorted());
  expect(new Set(rows.map(row => row['MainCallHistoryId'])).size).toBe(1);
  expect(rows.find(row => row['DestinationDn'] === '101')).toMatchObject({
    CallId: 1,
    SourceDn: '10001',
    SourceCallerId: CALLER,
    SourceDisplayName: CALLER,
    DestinationCallerId: 'Ext.101',
    DestinationDisplayName: 'Test, Ada',
    Answered: true,
    Status: 'Answered',
    Direction: 'Inbound',
    RingingDuration: 'PT9.31S',
    TalkingDuration: 'PT1M4S',
    Reason: 'Terminated by Ext.101',
  });
});

test('an admin can drop a call, once', async () => {
  const bench = new TestBench({ role: 'system_admins' });
  bench.play({ do: 'dial', call: 'a', by: '101', to: '102' });
  expect(await bench.send('POST', '/ActiveCalls(1)/Pbx.DropCall')).toEqual({ status: 204 });
  expect(await bench.status('/ActiveCalls(1)/Pbx.DropCall', 'POST')).toBe(404);
  expect(await bench.rows('/ActiveCalls')).toEqual([]);
});

test('a call is ordered for an extension, or refused without a destination', async () => {
  const bench = new TestBench();
  const order = { dn: '101', destination: '102', contact: null };
  expect((await bench.send('POST', '/Users/Pbx.MakeCall', order)).body).toMatchObject({
    FinalStatus: 'Success',
    Reason: 'None',
    ReasonText: '',
    Result: { id: 1, dn: '101', callid: 2, legid: 3, status: 'Dialing' },
  });
  expect(bench.ordered).toEqual([{ dn: '101', destination: '102' }]);
  expect(await bench.status('/Users/Pbx.MakeCall', 'POST', { dn: '101' })).toBe(400);
  expect(await bench.status('/Users/Pbx.MakeCall', 'POST')).toBe(400);
});

test('an agent is signed out through the user entity', async () => {
  const bench = new TestBench();
  const [user] = await bench.rows("/Users?$filter=Number eq '103'");
  const path = `/Users(${user?.['Id']})`;
  expect(await bench.status(path, 'PATCH', { QueueStatus: 'LoggedOut', CurrentProfileName: 'Away' })).toBe(
    204,
  );
  expect(bench.parts.agents.of('103')).toMatchObject({ queueStatus: 'LoggedOut', profile: 'Away' });
  expect(await bench.object("/Users(Number='103')")).toMatchObject({
    '@odata.context': 'https://pbx.example.test:5001/xapi/v1/$metadata#Users/$entity',
    QueueStatus: 'LoggedOut',
    CurrentProfileName: 'Away',
  });
  expect(await bench.status(path, 'PATCH', { QueueStatus: 'Gone' })).toBe(400);
  expect(await bench.status(path, 'PATCH', { Nickname: 'x' })).toBe(400);
  expect(await bench.status('/Users(9999)', 'PATCH', {})).toBe(404);
});

test('what is unknown is 404, a known path with another method 405', async () => {
  const bench = new TestBench();
  for (const path of ['/', '/Nothing', '/ActiveCalls/', '/Users(abc)', '/Users(Number=101)', '/%E0%A4%A']) {
    expect(await bench.status(path), path).toBe(404);
  }
  expect((await bench.send('GET', '/Nothing')).body).toEqual({
    error: {
      code: '',
      message: 'WARNINGS.XAPI.NOT_FOUND',
      details: [{ code: '', message: 'WARNINGS.XAPI.NOT_FOUND' }],
    },
  });
  expect(await bench.status('/ActiveCalls', 'DELETE')).toBe(405);
  expect(await bench.status('/Users(1)', 'PUT')).toBe(405);
});

test('history is the owner’s, the rest an admin’s, and nothing is told about it', async () => {
  const bench = new TestBench({ role: 'system_admins' });
  const history = ['/CallHistoryView', callLogPath(), '/Recordings', '/ChatHistoryView', '/ScheduledReports'];
  for (const path of history) expect(await bench.send('GET', path), path).toEqual({ status: 403 });
  expect(await bench.status('/ActiveCalls')).toBe(200);
  expect(await bench.status('/Trunks')).toBe(200);

  bench.parts.knobs.turn({ role: 'group_owners' });
  expect(await bench.send('GET', '/ActiveCalls')).toEqual({ status: 403 });
  expect(await bench.status('/Defs?$select=Id')).toBe(200);

  bench.parts.knobs.turn({ role: 'system_owners' });
  for (const path of history) expect(await bench.status(path), path).toBe(200);
});

test('without the configuration box ticked everything is 403', async () => {
  const bench = new TestBench({ xapiEnabled: false });
  for (const path of ['/Defs', '/ActiveCalls', '/Nothing', '/$metadata']) {
    expect(await bench.send('GET', path)).toEqual({ status: 403 });
  }
});

test('the licence is only told, not enforced, on this side', async () => {
  const bench = new TestBench({ licence: 'pro' });
  expect(await bench.object('/SystemStatus')).toMatchObject({ ProductCode: '3CXPSPROF' });
});

test('the API describes itself', async () => {
  const bench = new TestBench();
  const metadata = (await bench.send('GET', '/$metadata')).text;
  expect(metadata?.type).toBe('application/xml');
  expect(metadata?.content).toContain('<EntitySet Name="ActiveCalls" EntityType="Pbx.ActiveCall"/>');
  expect(metadata?.content).toContain('<Function Name="GetCallLogData" IsBound="true">');
  expect(leftOpen(metadata?.content ?? '')).toEqual([]);
  const swagger = (await bench.send('GET', '/swagger.yaml')).text?.content;
  expect(swagger).toContain('  "/ActiveCalls({Id})/Pbx.DropCall":\n    post:');
  expect(swagger).toContain('version: 20.0.7.1057');
});

/** Tags that are not closed in the order they were opened. */
function leftOpen(xml: string): string[] {
  const open: string[] = [];
  for (const [, isEnd, name = '', isWhole] of xml.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>/g)) {
    if (isEnd) expect(open.pop()).toBe(name);
    else if (!isWhole) open.push(name);
  }
  return open;
}
