import type { Clock, RosterEntry } from '../../core/ports.ts';
import { allRows } from './http/all-rows.ts';
import type { XapiClient } from './http/xapi-client.ts';
import type { LegBook } from './live/leg-book.ts';
import { type NamedDn, parseNamedDns, parseUsers, type User } from './messages.ts';
import { nameOfUser } from './normalise.ts';

const USERS_PATH =
  '/xapi/v1/Users?$select=Id,Number,FirstName,LastName,EmailAddress,IsRegistered,CurrentProfileName,QueueStatus&$orderby=Number';
const QUEUES_PATH = '/xapi/v1/Queues?$select=Id,Number,Name,IsRegistered&$orderby=Number';
const RING_GROUPS_PATH = '/xapi/v1/RingGroups?$select=Id,Number,Name,IsRegistered&$orderby=Number';
const MENUS_PATH = '/xapi/v1/Receptionists?$select=Id,Number,Name&$orderby=Number';

interface RosterParts {
  client: XapiClient;
  book: LegBook;
  clock: Clock;
  signal: AbortSignal;
  cachedMs: number;
}

/** Who and what has a number. Asked at most once in `cachedMs`, and by one at a time. */
export class Roster {
  readonly #parts: RosterParts;
  #cached: { at: number; entries: RosterEntry[] } | null = null;
  #flight: Promise<RosterEntry[]> | null = null;

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  entries(): Promise<RosterEntry[]> {
    const { clock, cachedMs } = this.#parts;
    if (this.#cached && clock.elapsed() - this.#cached.at < cachedMs)
      return Promise.resolve(this.#cached.entries);
    this.#flight ??= this.#read().finally(() => {
      this.#flight = null;
    });
    return this.#flight;
  }

  async #read(): Promise<RosterEntry[]> {
    const { client, book, clock, signal } = this.#parts;
    const users = await readUsers(client, signal);
    const queues = parseNamedDns(await allRows(client, QUEUES_PATH, signal));
    const groups = parseNamedDns(await allRows(client, RING_GROUPS_PATH, signal));
    const menus = parseNamedDns(await allRows(client, MENUS_PATH, signal));
    describeUsers(book, users);
    for (const { Number: dn, Name: name } of queues) book.describe(dn, { kind: 'queue', name: name ?? '' });
    for (const { Number: dn, Name: name } of groups) book.describe(dn, { kind: 'group', name: name ?? '' });
    for (const { Number: dn, Name: name } of menus) book.describe(dn, { kind: 'menu', name: name ?? '' });
    const entries = [
      ...users.map(extensionEntry),
      ...queues.map(queue => namedEntry(queue, 'queue')),
      ...groups.map(group => namedEntry(group, 'group')),
    ];
    this.#cached = { at: clock.elapsed(), entries };
    return entries;
  }
}

export async function readUsers(client: Pick<XapiClient, 'get'>, signal: AbortSignal): Promise<User[]> {
  return parseUsers(await allRows(client, USERS_PATH, signal));
}

export function describeUsers(book: LegBook, users: readonly User[]): void {
  for (const user of users) book.describe(user.Number, { kind: 'extension', name: nameOfUser(user) });
}

function extensionEntry(user: User): RosterEntry {
  return {
    number: user.Number,
    name: nameOfUser(user),
    kind: 'extension',
    email: user.EmailAddress ?? null,
    isRegistered: user.IsRegistered ?? null,
  };
}

function namedEntry({ Number: number, Name, IsRegistered }: NamedDn, kind: 'queue' | 'group'): RosterEntry {
  return { number, name: Name ?? '', kind, email: null, isRegistered: IsRegistered ?? null };
}
