import type { Directory, Dn } from '../../exchange/directory.ts';

/** The PBX numbers all it knows in one row of ids; the same company has the same ids. */
export function dnIds(directory: Directory): ReadonlyMap<string, number> {
  const { extensions, groups, trunks, others } = directory;
  const all: Dn[] = [...extensions, ...groups, ...trunks, ...others];
  return new Map(all.map(({ number }, index) => [number, index + 1]));
}

export function idOf(ids: ReadonlyMap<string, number>, number: string): number {
  return ids.get(number) ?? 0;
}
