import type { Directory, Group } from '../../exchange/directory.ts';
import type { XapiCall } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { notFound } from '../xapi-fault.ts';
import { dnIds, idOf } from './dn-ids.ts';

const TRUNK_LINES = 30;
const RING_SECONDS = 20;
const QUEUE_WAIT_SECONDS = 600;
const SLA_SECONDS = 30;
const MENU_SECONDS = 5;

export function queues({ parts: { directory } }: XapiCall): RowOf<'Queue'>[] {
  return groupsOf(directory, 'queue').map(queue => queueRow(directory, queue));
}

export function queueById(call: XapiCall): RowOf<'Queue'> {
  return queueRow(call.parts.directory, queueOf(call));
}

export function queueAgents(call: XapiCall): RowOf<'QueueAgent'>[] {
  return agentRows(call.parts.directory, queueOf(call));
}

export function ringGroups({ parts: { directory } }: XapiCall): RowOf<'RingGroup'>[] {
  const ids = dnIds(directory);
  return groupsOf(directory, 'ringGroup').map(group => ({
    Id: idOf(ids, group.number),
    Number: group.number,
    Name: group.name,
    IsRegistered: true,
    RingStrategy: 'RingAll',
    RingTime: RING_SECONDS,
    Members: agentRows(directory, group).map(({ Id, Number: number, Name }) => ({
      Id,
      Number: number,
      Name,
    })),
  }));
}

export function receptionists({ parts: { directory } }: XapiCall): RowOf<'Receptionist'>[] {
  const ids = dnIds(directory);
  return directory.others
    .filter(({ kind }) => kind === 'ivr')
    .map(({ number, name }) => ({
      Id: idOf(ids, number),
      Number: number,
      Name: name,
      IsRegistered: true,
      IVRType: 'Default',
      Timeout: MENU_SECONDS,
    }));
}

export function trunks({ parts: { directory } }: XapiCall): RowOf<'Trunk'>[] {
  const ids = dnIds(directory);
  return directory.trunks.map(({ number, name, dids }) => ({
    Id: idOf(ids, number),
    Number: number,
    IsOnline: true,
    SimultaneousCalls: TRUNK_LINES,
    DidNumbers: dids.map(did => did.number),
    ExternalNumber: dids[0]?.number ?? null,
    Direction: 'Both',
    Gateway: { Name: name, Type: 'Provider' },
  }));
}

export function didNumbers({ parts: { directory } }: XapiCall): RowOf<'DidNumber'>[] {
  const ids = dnIds(directory);
  return directory.trunks.flatMap(trunk =>
    trunk.dids.map((did, index) => ({
      Number: did.number,
      TrunkId: idOf(ids, trunk.number),
      TemplateFileName: null,
      RoutingRule: {
        Id: index + 1,
        RuleName: did.label,
        Data: did.number,
        OfficeHoursDestination: { Number: did.target, Name: directory.find(did.target)?.name ?? null },
      },
    })),
  );
}

function queueRow(directory: Directory, queue: Group): RowOf<'Queue'> {
  return {
    Id: idOf(dnIds(directory), queue.number),
    Number: queue.number,
    Name: queue.name,
    IsRegistered: true,
    PollingStrategy: 'RingAll',
    RingTimeout: RING_SECONDS,
    MasterTimeout: QUEUE_WAIT_SECONDS,
    MaxCallersInQueue: TRUNK_LINES,
    SLATime: SLA_SECONDS,
    Agents: agentRows(directory, queue),
    Managers: [],
  };
}

function agentRows(directory: Directory, { members }: Group): RowOf<'QueueAgent'>[] {
  const ids = dnIds(directory);
  return members.map(number => ({
    Id: idOf(ids, number),
    Number: number,
    Name: directory.find(number)?.name ?? null,
    SkillGroup: '1',
  }));
}

function queueOf({ parts: { directory }, arguments: given }: XapiCall): Group {
  const ids = dnIds(directory);
  const queue = groupsOf(directory, 'queue').find(({ number }) => idOf(ids, number) === given.integer('Id'));
  if (!queue) throw notFound();
  return queue;
}

function groupsOf(directory: Directory, kind: Group['kind']): Group[] {
  return directory.groups.filter(group => group.kind === kind);
}
