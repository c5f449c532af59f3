import type { XapiAnswer, XapiCall } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { context } from '../routing/answer-rows.ts';

const GIGABYTE_BYTES = 1_073_741_824;
const DISK_BYTES = 80 * GIGABYTE_BYTES;
const DISK_FREE_BYTES = 52 * GIGABYTE_BYTES;
const CALLS_MAX = 16;
const HTTP_PORT = 5000;
const HTTPS_PORT = 5001;
const SIP_PORT = 5060;
const TUNNEL_PORT = 5090;
const MEGABYTE_BYTES = 1_048_576;
const LAST_BACKUP_AT = '2025-10-12T02:00:00Z';
const LICENCE_ENDS_AT = '2035-01-01T00:00:00Z';

const SERVICES = [
  ['3CXGatewayService', '3CX PhoneSystem Media Server'],
  ['3CXIVR', '3CX PhoneSystem IVR Server'],
  ['3CXPhoneSystem01', '3CX PhoneSystem SIP Server'],
  ['3CXQueueManager01', '3CX PhoneSystem Queue Manager'],
  ['3CXSystemService01', '3CX PhoneSystem System Service'],
  ['nginx', 'Web Server'],
  ['postgresql', 'PostgreSQL'],
] as const;

const EVENTS = [
  [4097, 'Info', '2025-10-12T02:00:41Z', 'Scheduled backup has been completed', '3CXSystemService01'],
  [8193, 'Warning', '2025-10-13T16:20:05Z', 'Trunk Example Backup has been unregistered', '3CXPhoneSystem01'],
  [4098, 'Info', '2025-10-13T16:21:37Z', 'Trunk Example Backup has been registered', '3CXPhoneSystem01'],
  [12289, 'Error', '2025-10-14T07:02:11Z', 'Push message could not be delivered', '3CXSystemService01'],
] as const;

export function systemStatus({ parts }: XapiCall): RowOf<'SystemStatus'> {
  const { version, licence, licenceActive } = parts.knobs.current;
  const { extensions, trunks } = parts.directory;
  return {
    Id: 0,
    FQDN: new URL(parts.baseUrl()).hostname,
    Version: version,
    CallsActive: parts.switchboard.calls.size,
    MaxSimCalls: CALLS_MAX,
    ExtensionsRegistered: extensions.length,
    ExtensionsTotal: extensions.length,
    TrunksRegistered: trunks.length,
    TrunksTotal: trunks.length,
    HasNotRunningServices: false,
    FreeDiskSpace: DISK_FREE_BYTES,
    TotalDiskSpace: DISK_BYTES,
    OS: 'Linux',
    LicenseActive: licenceActive,
    ProductCode: licence === 'enterprise' ? '3CXPSENT' : '3CXPSPROF',
    ExpirationDate: LICENCE_ENDS_AT,
    MaintenanceExpiresAt: LICENCE_ENDS_AT,
    DBMaintenanceInProgress: false,
    BackupScheduled: true,
    LastBackupDateTime: LAST_BACKUP_AT,
  };
}

export function health(): RowOf<'SystemHealthStatus'> {
  return { Id: 0, Firewall: true, Trunks: true, Phones: true };
}

export function services(): RowOf<'ServiceInfo'>[] {
  return SERVICES.map(([Name, DisplayName], index) => ({
    Name,
    DisplayName,
    Status: 'Running',
    MemoryUsed: (60 + 25 * index) * MEGABYTE_BYTES,
    CpuUsage: 1,
    ThreadCount: 20 + 3 * index,
    HandleCount: 200 + 10 * index,
    StartStopEnabled: true,
    RestartEnabled: true,
  }));
}

export function eventLogs(): RowOf<'EventLog'>[] {
  return EVENTS.map(([EventId, Type, TimeGenerated, Message, Source], index) => ({
    ...{ Id: index + 1, EventId, Type, TimeGenerated, Message, Source },
  }));
}

/** 3CX: the vendor's own ping asks for this. */
export function defs(): RowOf<'Defs'> {
  return { Id: 0 };
}

export function systemParameters({ parts }: XapiCall): RowOf<'SystemParameters'> {
  const { protocol, hostname, port } = new URL(parts.baseUrl());
  const isSecure = protocol === 'https:';
  return {
    FQDN: hostname,
    Version: parts.knobs.current.version,
    HttpPort: isSecure ? HTTP_PORT : Number(port || HTTP_PORT),
    HttpsPort: isSecure ? Number(port || HTTPS_PORT) : HTTPS_PORT,
    SipPort: SIP_PORT,
    TunnnelPort: TUNNEL_PORT,
    IsHosted: false,
    Custom1Name: 'Custom 1',
    Custom2Name: 'Custom 2',
  };
}

export function hasDebianUpgrade(call: XapiCall): XapiAnswer {
  return { status: 200, body: { '@odata.context': context(call, 'Edm.Boolean'), value: false } };
}

export function updates(): RowOf<'UpdateList'> {
  return { Key: '', Entries: [], IsMaintananceExpired: false, LastSuccessfulUpdate: null };
}
