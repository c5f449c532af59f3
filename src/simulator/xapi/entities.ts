export type EdmType =
  | 'Int32'
  | 'Int64'
  | 'Decimal'
  | 'String'
  | 'Boolean'
  | 'DateTimeOffset'
  | 'Duration'
  /** An object or list that is always there. */
  | 'Complex'
  /** An object or list that is only there with $expand. */
  | 'Navigation';

export type EntityFields = Readonly<Record<string, EdmType>>;

/** Every entity with its fields, in the PBX's own casing (3CX: `actionDnDn` and `loggedInDt` begin low). */
// biome-ignore format: a table
export const ENTITIES = {
  ActiveCall: { Id: 'Int32', Caller: 'String', Callee: 'String', Status: 'String', LastChangeStatus: 'DateTimeOffset', EstablishedAt: 'DateTimeOffset', ServerNow: 'DateTimeOffset' },
  CallLogData: {
    CdrId: 'String', CallHistoryId: 'String', MainCallHistoryId: 'String', CallId: 'Int32', SegmentId: 'Int32', Indent: 'Int32', SubrowDescNumber: 'Int32',
    StartTime: 'DateTimeOffset', RingingDuration: 'Duration', TalkingDuration: 'Duration',
    SourceType: 'Int32', SourceDn: 'String', SourceCallerId: 'String', SourceDisplayName: 'String',
    DestinationType: 'Int32', DestinationDn: 'String', DestinationCallerId: 'String', DestinationDisplayName: 'String',
    ActionType: 'Int32', ActionDnType: 'Int32', actionDnDn: 'String', ActionDnCallerId: 'String', ActionDnDisplayName: 'String',
    Answered: 'Boolean', Status: 'String', Direction: 'String', CallType: 'String', Reason: 'String', CallCost: 'Decimal', QualityReport: 'Boolean',
    SrcRecId: 'Int32', DstRecId: 'Int32', RecordingUrl: 'String', Transcription: 'String', Summary: 'String', SentimentScore: 'Int32',
  },
  CallHistoryView: {
    SegmentId: 'Int32', SegmentType: 'Int32', SegmentActionId: 'Int32', SegmentStartTime: 'DateTimeOffset', SegmentEndTime: 'DateTimeOffset', CallTime: 'Duration', CallAnswered: 'Boolean',
    SrcDn: 'String', SrcCallerNumber: 'String', SrcDisplayName: 'String', SrcExtendedDisplayName: 'String', SrcDnType: 'Int32', SrcId: 'Int32', SrcParticipantId: 'Int32', SrcRecId: 'Int32', SrcExternal: 'Boolean', SrcInternal: 'Boolean',
    DstDn: 'String', DstCallerNumber: 'String', DstDisplayName: 'String', DstExtendedDisplayName: 'String', DstDnType: 'Int32', DstId: 'Int32', DstParticipantId: 'Int32', DstRecId: 'Int32', DstExternal: 'Boolean', DstInternal: 'Boolean',
  },
  LastCdrAndChatMessageTimestamp: { LastCdrStartedAt: 'DateTimeOffset', LastChatMessageTimeSent: 'DateTimeOffset' },
  ChatHistoryView: { ConversationId: 'Int32', FromName: 'String', FromNo: 'String', Message: 'String', QueueNumber: 'String', Source: 'String', TimeSent: 'DateTimeOffset', IsExternal: 'Boolean' },
  Recording: { Id: 'Int32', RecordingUrl: 'String', CallType: 'String', StartTime: 'DateTimeOffset', EndTime: 'DateTimeOffset', FromDn: 'String', FromCallerNumber: 'String', ToDn: 'String', ToCallerNumber: 'String', IsArchived: 'Boolean' },
  ScheduledReport: { Id: 'Int32', Name: 'String', ReportType: 'String', ScheduleType: 'String', EmailAddresses: 'String' },
  AgentLoginHistory: {
    QueueNo: 'String', AgentNo: 'String', Agent: 'String', Day: 'DateTimeOffset', loggedInDt: 'DateTimeOffset', LoggedOutDt: 'DateTimeOffset',
    LoggedInInterval: 'Duration', LoggedInDayInterval: 'Duration', LoggedInTotalInterval: 'Duration', TalkingInterval: 'Duration', TalkingDayInterval: 'Duration', TalkingTotalInterval: 'Duration',
  },
  SystemStatus: {
    Id: 'Int32', FQDN: 'String', Version: 'String', CallsActive: 'Int32', MaxSimCalls: 'Int32', ExtensionsRegistered: 'Int32', ExtensionsTotal: 'Int32', TrunksRegistered: 'Int32', TrunksTotal: 'Int32',
    HasNotRunningServices: 'Boolean', FreeDiskSpace: 'Int64', TotalDiskSpace: 'Int64', OS: 'String', LicenseActive: 'Boolean', ProductCode: 'String', ExpirationDate: 'DateTimeOffset', MaintenanceExpiresAt: 'DateTimeOffset',
    DBMaintenanceInProgress: 'Boolean', BackupScheduled: 'Boolean', LastBackupDateTime: 'DateTimeOffset',
  },
  SystemHealthStatus: { Id: 'Int32', Firewall: 'Boolean', Trunks: 'Boolean', Phones: 'Boolean' },
  ServiceInfo: { Name: 'String', DisplayName: 'String', Status: 'String', MemoryUsed: 'Int64', CpuUsage: 'Int32', ThreadCount: 'Int32', HandleCount: 'Int32', StartStopEnabled: 'Boolean', RestartEnabled: 'Boolean' },
  EventLog: { Id: 'Int32', EventId: 'Int32', Type: 'String', TimeGenerated: 'DateTimeOffset', Message: 'String', Source: 'String' },
  User: { Id: 'Int32', Number: 'String', FirstName: 'String', LastName: 'String', EmailAddress: 'String', IsRegistered: 'Boolean', CurrentProfileName: 'String', QueueStatus: 'String' },
  Queue: { Id: 'Int32', Number: 'String', Name: 'String', IsRegistered: 'Boolean', PollingStrategy: 'String', RingTimeout: 'Int32', MasterTimeout: 'Int32', MaxCallersInQueue: 'Int32', SLATime: 'Int32', Agents: 'Navigation', Managers: 'Navigation' },
  QueueAgent: { Id: 'Int32', Number: 'String', Name: 'String', SkillGroup: 'String' },
  RingGroup: { Id: 'Int32', Number: 'String', Name: 'String', IsRegistered: 'Boolean', RingStrategy: 'String', RingTime: 'Int32', Members: 'Navigation' },
  Group: { Id: 'Int32', Number: 'String', Name: 'String', IsDefault: 'Boolean', HasMembers: 'Boolean', Members: 'Navigation' },
  Receptionist: { Id: 'Int32', Number: 'String', Name: 'String', IsRegistered: 'Boolean', IVRType: 'String', Timeout: 'Int32' },
  DidNumber: { Number: 'String', TrunkId: 'Int32', TemplateFileName: 'String', RoutingRule: 'Navigation' },
  Trunk: { Id: 'Int32', Number: 'String', IsOnline: 'Boolean', SimultaneousCalls: 'Int32', DidNumbers: 'Complex', ExternalNumber: 'String', Direction: 'String', Gateway: 'Complex' },
  CDRSettings: { Enabled: 'Boolean', LogType: 'String', SocketIpAddress: 'String', SocketPort: 'Int32', EnabledFields: 'Complex', PossibleFields: 'Complex', LogSize: 'Int32', RemoveCommaDelimiters: 'Boolean' },
  DataConnectorSettings: { OffloadDestination: 'String', IsBigQueryEnabled: 'Boolean', PurgeAfterSync: 'Boolean', RemotePostgreConfig: 'Complex', Schedule: 'Complex' },
  ServicePrincipal: { Id: 'Int32', Number: 'String', Peers: 'Complex', CallControlEnabled: 'Boolean', XAPIEnabled: 'Boolean', LastUsed: 'DateTimeOffset' },
  ConsoleRestrictions: { Id: 'String', AccessRestricted: 'Boolean', IpWhitelist: 'Complex', MyIpAddress: 'String' },
  AntiHackingSettings: { HackAuthRequests: 'Int32', HackBarrierAmber: 'Int32', HackBarrierGreen: 'Int32', HackBarrierRed: 'Int32', HackBlacklistDuration: 'Int32', HackChallengeRequests: 'Int32', MaxRequestPerPeriod: 'Int32', SecurityDefenseProgram: 'Boolean', ThrottlePeriodLength: 'Int32' },
  BlocklistAddr: { Id: 'Int32', IPAddrMask: 'String', BlockType: 'String', AddedBy: 'String', Description: 'String', ExpiresAt: 'DateTimeOffset' },
  Defs: { Id: 'Int32' },
  SystemParameters: { FQDN: 'String', Version: 'String', HttpPort: 'Int32', HttpsPort: 'Int32', SipPort: 'Int32', TunnnelPort: 'Int32', IsHosted: 'Boolean', Custom1Name: 'String', Custom2Name: 'String' },
  UpdateList: { Key: 'String', Entries: 'Complex', IsMaintananceExpired: 'Boolean', LastSuccessfulUpdate: 'DateTimeOffset' },
} as const satisfies Record<string, EntityFields>;

export type EntityName = keyof typeof ENTITIES;

interface Values {
  Int32: number | null;
  Int64: number | null;
  Decimal: number | null;
  String: string | null;
  Boolean: boolean | null;
  DateTimeOffset: string | null;
  Duration: string | null;
  Complex: unknown;
  Navigation: unknown;
}

/** A row with exactly the documented fields; `$expand` and `$select` only take away from it. */
export type RowOf<Name extends EntityName> = {
  readonly [Field in keyof (typeof ENTITIES)[Name]]: (typeof ENTITIES)[Name][Field] extends keyof Values
    ? Values[(typeof ENTITIES)[Name][Field]]
    : never;
};

export type Row = Readonly<Record<string, unknown>>;

export function fieldsOf(name: EntityName): EntityFields {
  return ENTITIES[name];
}
