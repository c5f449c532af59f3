import { expect, test } from 'vitest';
import { callLogPath, TestBench } from '../test-bench.ts';

type Kind = 'string' | 'number' | 'boolean' | 'time' | 'list';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

// biome-ignore format: a table. Fields as the reference lists them, written down apart from the code.
const DOCUMENTED: [path: string, fields: Record<string, Kind>][] = [
  ['/ActiveCalls', { Id: 'number', Caller: 'string', Callee: 'string', Status: 'string', EstablishedAt: 'time', LastChangeStatus: 'time', ServerNow: 'time' }],
  ['/LastCdrAndChatMessageTimestamp', { LastCdrStartedAt: 'time', LastChatMessageTimeSent: 'time' }],
  ['/SystemStatus', { Version: 'string', CallsActive: 'number', MaxSimCalls: 'number', ExtensionsRegistered: 'number', ExtensionsTotal: 'number', TrunksRegistered: 'number', TrunksTotal: 'number', HasNotRunningServices: 'boolean', FreeDiskSpace: 'number', TotalDiskSpace: 'number', OS: 'string', LicenseActive: 'boolean', ProductCode: 'string', ExpirationDate: 'time', MaintenanceExpiresAt: 'time', DBMaintenanceInProgress: 'boolean', BackupScheduled: 'boolean', LastBackupDateTime: 'time' }],
  ['/SystemStatus/Pbx.SystemHealthStatus()', { Firewall: 'boolean', Trunks: 'boolean', Phones: 'boolean' }],
  ['/Services', { Name: 'string', DisplayName: 'string', Status: 'string', MemoryUsed: 'number', ThreadCount: 'number' }],
  ['/Users', { Id: 'number', Number: 'string', FirstName: 'string', LastName: 'string', EmailAddress: 'string', IsRegistered: 'boolean', CurrentProfileName: 'string', QueueStatus: 'string' }],
  ['/Users(12)', { Id: 'number', Number: 'string', QueueStatus: 'string' }],
  ['/Queues', { Id: 'number', Number: 'string', Name: 'string' }],
  ['/Queues(16)', { Id: 'number', Number: 'string', Name: 'string' }],
  ['/Queues(16)/Agents', { Number: 'string', Name: 'string', SkillGroup: 'string' }],
  ['/RingGroups?$expand=Members', { Id: 'number', Number: 'string', Name: 'string', Members: 'list' }],
  ['/Groups?$expand=Members', { Id: 'number', Name: 'string', Members: 'list' }],
  ['/Receptionists', { Id: 'number', Number: 'string', Name: 'string' }],
  ['/DidNumbers', { Number: 'string', TrunkId: 'number' }],
  ['/Trunks', { Id: 'number', Number: 'string', IsOnline: 'boolean', SimultaneousCalls: 'number', DidNumbers: 'list' }],
  ['/EventLogs', { EventId: 'number', Type: 'string', TimeGenerated: 'time', Message: 'string', Source: 'string' }],
  ['/CDRSettings', { Enabled: 'boolean', LogType: 'string', SocketIpAddress: 'string', SocketPort: 'number', EnabledFields: 'list', PossibleFields: 'list', LogSize: 'number', RemoveCommaDelimiters: 'boolean' }],
  ['/DataConnectorSettings', { IsBigQueryEnabled: 'boolean' }],
  ['/ServicePrincipals', { Number: 'string', Peers: 'list', CallControlEnabled: 'boolean', XAPIEnabled: 'boolean', LastUsed: 'time' }],
  ['/ConsoleRestrictions', { AccessRestricted: 'boolean', IpWhitelist: 'list' }],
  ['/AntiHackingSettings', { MaxRequestPerPeriod: 'number', ThrottlePeriodLength: 'number', HackBlacklistDuration: 'number' }],
  ['/Defs/Pbx.GetSystemParameters()', { HttpsPort: 'number', HttpPort: 'number' }],
  ['/GetUpdates()', { Entries: 'list' }],
  ['/HasDebianUpgrade()', { value: 'boolean' }],
  ['/CallHistoryView', { SegmentId: 'number', SegmentType: 'number', SegmentActionId: 'number', SegmentStartTime: 'time', SegmentEndTime: 'time', CallTime: 'string', CallAnswered: 'boolean', SrcDn: 'string', SrcCallerNumber: 'string', SrcDisplayName: 'string', SrcExtendedDisplayName: 'string', SrcDnType: 'number', SrcId: 'number', SrcParticipantId: 'number', SrcRecId: 'number', SrcExternal: 'boolean', SrcInternal: 'boolean', DstDn: 'string', DstCallerNumber: 'string', DstDisplayName: 'string', DstExtendedDisplayName: 'string', DstDnType: 'number', DstId: 'number', DstParticipantId: 'number', DstRecId: 'number', DstExternal: 'boolean', DstInternal: 'boolean' }],
  [callLogPath(), { CdrId: 'string', CallHistoryId: 'string', MainCallHistoryId: 'string', CallId: 'number', SegmentId: 'number', Indent: 'number', SubrowDescNumber: 'number', StartTime: 'time', RingingDuration: 'string', TalkingDuration: 'string', SourceType: 'number', DestinationType: 'number', ActionType: 'number', ActionDnType: 'number', SourceDn: 'string', SourceCallerId: 'string', SourceDisplayName: 'string', DestinationDn: 'string', DestinationCallerId: 'string', DestinationDisplayName: 'string', actionDnDn: 'string', ActionDnCallerId: 'string', ActionDnDisplayName: 'string', Answered: 'boolean', Status: 'string', Direction: 'string', CallType: 'string', Reason: 'string', CallCost: 'number', QualityReport: 'boolean', SrcRecId: 'number', DstRecId: 'number', RecordingUrl: 'string', Transcription: 'string', Summary: 'string', SentimentScore: 'number' }],
];

test.each(DOCUMENTED)('%s has the documented fields and types', async (path, fields) => {
  const bench = new TestBench({ callHistoryView: 'old' });
  bench.play({ do: 'dial', call: 'past', by: '101', to: '102' }, 2000, { do: 'answer', call: 'past' }, 5000);
  bench.play({ do: 'hangUp', call: 'past', by: 'caller' }, { do: 'dial', call: 'now', by: '103', to: '104' });
  const body = await bench.object(path);
  expect(body['@odata.context']).toMatch(/^https:\/\/pbx\.example\.test:5001\/xapi\/v1\/\$metadata#/);
  expect(body).not.toHaveProperty('@odata.count');
  const rows = Array.isArray(body['value']) ? body['value'] : [body];
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    for (const [name, kind] of Object.entries(fields)) expect(isOf(row[name], kind), name).toBe(true);
  }
});

test.each(['/Recordings', '/Blocklist', '/ChatHistoryView', '/ScheduledReports'])(
  '%s is empty',
  async path => {
    expect(await new TestBench().rows(path)).toEqual([]);
  },
);

test('the vendor’s ping', async () => {
  expect(await new TestBench().object('/Defs?$select=Id')).toEqual({
    '@odata.context': 'https://pbx.example.test:5001/xapi/v1/$metadata#Defs(Id)',
    Id: 0,
  });
});

test('navigation properties come only with $expand', async () => {
  const bench = new TestBench();
  expect(await bench.rows('/Groups')).not.toContainEqual(
    expect.objectContaining({ Members: expect.anything() }),
  );
  const [, sales] = await bench.rows('/Groups?$expand=Members');
  expect(sales).toMatchObject({
    Name: 'Sales',
    Members: expect.arrayContaining([expect.objectContaining({ Number: '101' })]),
  });
  expect(await bench.status('/Groups?$expand=Name')).toBe(400);
});

test('the API client shows whom it may watch', async () => {
  const bench = new TestBench();
  const numbers = async () => {
    const [client] = await bench.rows('/ServicePrincipals');
    return (Array.isArray(client?.['Peers']) ? client['Peers'] : []).map(peer => peer.Number);
  };
  expect(await numbers()).toHaveLength(14);
  bench.parts.knobs.turn({ monitored: ['101', '900'] });
  expect(await numbers()).toEqual(['101', '900']);
  bench.parts.knobs.turn({ monitored: [] });
  expect(await numbers()).toEqual([]);
});

test('ports are those clients reach the PBX at', async () => {
  const bench = new TestBench();
  const plain = new TestBench();
  Object.assign(plain.parts, { baseUrl: () => 'http://127.0.0.1:18080' });
  expect(await bench.object('/Defs/Pbx.GetSystemParameters()')).toMatchObject({
    HttpsPort: 5001,
    HttpPort: 5000,
  });
  expect(await plain.object('/Defs/Pbx.GetSystemParameters()')).toMatchObject({
    HttpsPort: 5001,
    HttpPort: 18080,
  });
});

test('CDR settings are changed, and bad ones refused by name', async () => {
  const bench = new TestBench();
  const change = { Enabled: true, LogType: 'SingleFileForAllCalls', EnabledFields: [{ Name: 'callid' }] };
  expect(await bench.status('/CDRSettings', 'PATCH', change)).toBe(204);
  expect(await bench.object('/CDRSettings')).toMatchObject({
    Enabled: true,
    LogType: 'SingleFileForAllCalls',
    EnabledFields: [{ Name: 'callid', Length: null }],
  });
  const refused = await bench.send('PATCH', '/CDRSettings', { SocketPort: 99_999 });
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ error: { details: [{ target: 'SocketPort' }] } });
  expect(await bench.status('/CDRSettings', 'PATCH', 'nonsense')).toBe(400);
  expect(await bench.status('/CDRSettings', 'PATCH')).toBe(400);
});

function isOf(value: unknown, kind: Kind): boolean {
  if (value === null) return true;
  if (kind === 'list') return Array.isArray(value);
  if (kind === 'time') return typeof value === 'string' && TIME.test(value);
  return typeof value === kind;
}
