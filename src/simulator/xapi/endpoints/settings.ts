import { ZodError } from 'zod';
import type { DnKind } from '../../exchange/directory.ts';
import type { XapiAnswer, XapiCall, XapiParts } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { isoTime } from '../iso-text.ts';
import { invalidBody } from '../xapi-fault.ts';
import { dnIds, idOf } from './dn-ids.ts';

const PEER_TYPES: Record<DnKind, string> = {
  extension: 'Extension',
  queue: 'Queue',
  ringGroup: 'RingGroup',
  ivr: 'IVR',
  script: 'RoutePoint',
  voicemail: 'SpecialMenu',
  routePoint: 'RoutePoint',
  trunk: 'ExternalLine',
};

export function cdrSettings({ parts }: XapiCall): RowOf<'CDRSettings'> {
  return parts.cdrSettings.get();
}

export function changeCdrSettings({ parts, request }: XapiCall): XapiAnswer {
  try {
    parts.cdrSettings.patch(request.body);
  } catch (error) {
    if (error instanceof ZodError) throw invalidBody(error);
    throw error;
  }
  return { status: 204 };
}

/** Our own API client, as the admin set it up: a relay reads here whom it may watch. */
export function servicePrincipals({ parts }: XapiCall): RowOf<'ServicePrincipal'>[] {
  const { callControlEnabled, xapiEnabled } = parts.knobs.current;
  const lastUsed = parts.lastUsed();
  return [
    {
      Id: idOf(dnIds(parts.directory), parts.clientId),
      Number: parts.clientId,
      Peers: monitored(parts).map(number => peer(parts, number)),
      CallControlEnabled: callControlEnabled,
      XAPIEnabled: xapiEnabled,
      LastUsed: lastUsed === null ? null : isoTime(lastUsed),
    },
  ];
}

/** While the knob closes the console to us this cannot be read: the gateway answers 403 to everything. */
export function consoleRestrictions({ parts }: XapiCall): RowOf<'ConsoleRestrictions'> {
  return {
    Id: '',
    AccessRestricted: parts.knobs.current.consoleRestricted,
    IpWhitelist: [],
    MyIpAddress: '127.0.0.1',
  };
}

export function antiHacking(): RowOf<'AntiHackingSettings'> {
  return {
    HackAuthRequests: 25,
    HackBarrierAmber: 2000,
    HackBarrierGreen: 200,
    HackBarrierRed: 4000,
    HackBlacklistDuration: 3600,
    HackChallengeRequests: 1000,
    MaxRequestPerPeriod: 50,
    SecurityDefenseProgram: false,
    ThrottlePeriodLength: 5,
  };
}

export function dataConnector(): RowOf<'DataConnectorSettings'> {
  return {
    OffloadDestination: 'None',
    IsBigQueryEnabled: false,
    PurgeAfterSync: false,
    RemotePostgreConfig: null,
    Schedule: { ScheduleType: 'Daily', Day: 'Sunday', Time: '02:00', RepeatHours: 24 },
  };
}

function monitored({ knobs, directory }: XapiParts): string[] {
  const list = knobs.current.monitored;
  return list === 'extensions' ? directory.extensions.map(({ number }) => number) : list;
}

function peer({ directory }: XapiParts, number: string): unknown {
  const dn = directory.find(number);
  return {
    Id: idOf(dnIds(directory), number),
    Number: number,
    Name: dn?.name ?? null,
    Type: dn ? PEER_TYPES[dn.kind] : 'None',
    Hidden: false,
    MemberOf: [],
    Tags: [],
  };
}
