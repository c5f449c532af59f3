import type { ControlParts } from '../parts.ts';
import { shownRow } from '../routes/audit-routes.ts';

/** Objects that are looked at again and again, because nobody tells when one is other. */
export interface WatchedTable {
  /** `type` of the line, and the field the object stands in. */
  name: string;
  /** `type` of the line when one is there no more; null: it only stands too far back. */
  gone: string | null;
  /** In the snapshot. */
  plural: string;
  all(): readonly object[];
  idOf(one: object): string;
  /** As they were told last, by id. */
  readonly told: Map<string, { text: string; one: object }>;
  forget(): void;
}

const ERRORS_SHOWN = 50;
const AUDIT_SHOWN = 50;

export function watchedTables(parts: ControlParts): WatchedTable[] {
  const { monitor, clients, keys, operators, audit } = parts;
  return [
    table({
      name: 'component',
      plural: 'components',
      gone: null,
      all: () => monitor.components(),
      idOf: one => one.component,
    }),
    table({
      name: 'client',
      plural: 'clients',
      gone: 'clientGone',
      all: () => clients.list(),
      idOf: one => one.id,
    }),
    table({
      name: 'key',
      plural: 'keys',
      gone: 'keyGone',
      all: () => keys.list().map(key => ({ ...key, isLive: keys.isLive(key) })),
      idOf: one => one.id,
    }),
    table({
      name: 'user',
      plural: 'users',
      gone: 'userGone',
      all: () => operators.list(),
      idOf: one => one.id,
    }),
    table({
      name: 'audit',
      plural: 'audit',
      gone: null,
      all: () => audit.page({ limit: AUDIT_SHOWN }).rows.map(shownRow),
      idOf: one => String(one.id),
    }),
  ];
}

/** What has changed since it was asked last. */
export function changed(table: WatchedTable): { key: string; line: object }[] {
  const { name, gone, told } = table;
  const before = new Map(told);
  const news: { key: string; line: object }[] = [];
  told.clear();
  for (const one of table.all()) {
    const id = table.idOf(one);
    const text = JSON.stringify(one);
    told.set(id, { text, one });
    if (before.get(id)?.text !== text) news.push({ key: `${name} ${id}`, line: { type: name, [name]: one } });
    before.delete(id);
  }
  if (gone === null) return news;
  const left = [...before].map(([id, { one }]) => ({
    key: `${name} ${id}`,
    line: { type: gone, [name]: one },
  }));
  return [...news, ...left];
}

export function snapshotOf(parts: ControlParts, tables: readonly WatchedTable[]): Record<string, unknown> {
  const { about, conditions, calls, stats, past, errors } = parts;
  return {
    about: about(),
    conditions: conditions.current(),
    calls: calls().calls,
    stats: stats(),
    past: past(),
    errors: errors.list({ limit: ERRORS_SHOWN }).errors,
    ...Object.fromEntries(tables.map(({ plural, all }) => [plural, all()])),
  };
}

function table<One extends object>(about: {
  name: string;
  plural: string;
  gone: string | null;
  all: () => readonly One[];
  idOf: (one: One) => string;
}): WatchedTable {
  const told: WatchedTable['told'] = new Map();
  // Sound because only what `all` gave is handed to `idOf`.
  return { ...about, idOf: about.idOf as (one: object) => string, told, forget: () => told.clear() };
}
