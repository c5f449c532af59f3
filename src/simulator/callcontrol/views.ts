import type { Dn } from '../exchange/directory.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import type { Knobs } from '../knobs.ts';
import { type Participant, participantOf, wireType } from './participant.ts';

interface DeviceView {
  dn: string;
  device_id: string;
  user_agent: string;
}

export interface DnView {
  dn: string;
  type: string;
  devices: DeviceView[];
  participants: Participant[];
}

/** The whole picture, made in one pass over the legs however many DNs are shown. */
export function snapshot(switchboard: Switchboard, knobs: Knobs, dns: Iterable<string>): DnView[] {
  const participants = new Map<string, Participant[]>();
  for (const call of switchboard.calls.values()) {
    for (const leg of call.legs) {
      const list = participants.get(leg.own.dn) ?? [];
      list.push(participantOf(leg, switchboard.directory, knobs));
      participants.set(leg.own.dn, list);
    }
  }
  return [...dns].flatMap(number => {
    const dn = switchboard.directory.find(number);
    return dn ? [dnView(dn, participants.get(number) ?? [])] : [];
  });
}

export function dnView(dn: Dn, participants: Participant[]): DnView {
  return { dn: dn.number, type: wireType(dn.kind), devices: devicesOf(dn), participants };
}

export function devicesOf(dn: Dn): DeviceView[] {
  if (!('deviceId' in dn && 'userAgent' in dn)) return [];
  return [{ dn: dn.number, device_id: String(dn.deviceId), user_agent: String(dn.userAgent) }];
}

/** The client's own route point needs no device to call from. */
export function canCall(dn: Dn): boolean {
  return devicesOf(dn).length > 0 || dn.kind === 'routePoint';
}

export function participantsOf(switchboard: Switchboard, knobs: Knobs, dn: string): Participant[] {
  return switchboard.legsOfDn(dn).map(leg => participantOf(leg, switchboard.directory, knobs));
}
