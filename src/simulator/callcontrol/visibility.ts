import type { Directory } from '../exchange/directory.ts';
import type { Occurrence } from '../exchange/occurrence.ts';
import type { Knobs } from '../knobs.ts';

type LegOccurrence = Extract<Occurrence, { leg: unknown }>;

/** Call control needs the licence and its own box on the API client; without either every address says 403. */
export function mayControlCalls({ licence, callControlEnabled }: Knobs): boolean {
  return licence === 'enterprise' && callControlEnabled;
}

/** The DNs this API client may see: its own route point and its "extensions to monitor". */
export function monitoredDns(directory: Directory, knobs: Knobs): Set<string> {
  const routePoints = directory.others.filter(dn => dn.kind === 'routePoint').map(dn => dn.number);
  const listed =
    knobs.monitored === 'extensions' ? directory.extensions.map(one => one.number) : knobs.monitored;
  return new Set([...routePoints, ...listed.filter(number => directory.find(number) !== undefined)]);
}

/** 3CX: pressed digits are told at the client's own route point only, not at the phones it watches. */
export function isTold({ kind, leg }: LegOccurrence, visible: ReadonlySet<string>): boolean {
  return visible.has(leg.own.dn) && (kind !== 'digitsPressed' || leg.own.kind === 'routePoint');
}
