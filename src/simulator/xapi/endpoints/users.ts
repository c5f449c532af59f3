import * as z from 'zod';
import { PROFILES } from '../../exchange/agent-board.ts';
import type { Extension } from '../../exchange/directory.ts';
import type { XapiAnswer, XapiCall, XapiParts } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { invalidBody, notFound } from '../xapi-fault.ts';
import { dnIds, idOf } from './dn-ids.ts';

const changesSchema = z.strictObject({
  CurrentProfileName: z.enum(PROFILES).optional(),
  QueueStatus: z.enum(['LoggedIn', 'LoggedOut']).optional(),
});

/** Departments are numbered apart from extensions and begin with the one every system has. */
const DEFAULT_DEPARTMENT = '__DEFAULT__';
const FIRST_DEPARTMENT_ID = 1;

export function users({ parts }: XapiCall): RowOf<'User'>[] {
  const ids = dnIds(parts.directory);
  return parts.directory.extensions.map(extension => userRow(parts, ids, extension));
}

export function userById({ parts, arguments: given }: XapiCall): RowOf<'User'> {
  return found(parts, id => id === given.integer('Id'));
}

export function userByNumber({ parts, arguments: given }: XapiCall): RowOf<'User'> {
  return found(parts, (_id, extension) => extension.number === given.text('Number'));
}

/** 3CX: a client signs agents in and out of all queues, and changes their profile, with these two fields. */
export function changeUser({ parts, arguments: given, request }: XapiCall): XapiAnswer {
  const { Number: dn } = found(parts, id => id === given.integer('Id'));
  const changes = changesSchema.safeParse(request.body);
  if (!changes.success) throw invalidBody(changes.error);
  const { CurrentProfileName: profile, QueueStatus: queueStatus } = changes.data;
  const isKnown = parts.agents.change(dn ?? '', {
    ...(profile && { profile }),
    ...(queueStatus && { queueStatus }),
  });
  if (!isKnown) throw notFound();
  return { status: 204 };
}

export function departments({ parts }: XapiCall): RowOf<'Group'>[] {
  const { extensions } = parts.directory;
  const ids = dnIds(parts.directory);
  const names = [DEFAULT_DEPARTMENT, ...new Set(extensions.map(({ department }) => department))];
  return names.map((name, index) => {
    const members = extensions.filter(({ department }) => department === name);
    return {
      Id: FIRST_DEPARTMENT_ID + index,
      Number: `GRP${String(index).padStart(4, '0')}`,
      Name: name,
      IsDefault: name === DEFAULT_DEPARTMENT,
      HasMembers: members.length > 0,
      Members: members.map(member => ({
        Id: idOf(ids, member.number),
        Number: member.number,
        MemberName: member.name,
        Type: 'Extension',
      })),
    };
  });
}

function found(parts: XapiParts, isWanted: (id: number, extension: Extension) => boolean): RowOf<'User'> {
  const ids = dnIds(parts.directory);
  const extension = parts.directory.extensions.find(one => isWanted(idOf(ids, one.number), one));
  if (!extension) throw notFound();
  return userRow(parts, ids, extension);
}

function userRow(
  { agents }: XapiParts,
  ids: ReadonlyMap<string, number>,
  { number, firstName, lastName }: Extension,
): RowOf<'User'> {
  const state = agents.of(number);
  return {
    Id: idOf(ids, number),
    Number: number,
    FirstName: firstName,
    LastName: lastName,
    EmailAddress: `${firstName}.${lastName}.${number}@example.test`.toLowerCase(),
    IsRegistered: true,
    CurrentProfileName: state?.profile ?? null,
    QueueStatus: state?.queueStatus ?? null,
  };
}
