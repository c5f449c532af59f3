import type { Directory } from '../exchange/directory.ts';
import type { Knobs } from '../knobs.ts';

/** The DNs this API client may see: its own route point and its "extensions to monitor". */
export function monitoredDns(directory: Directory, knobs: Knobs): Set<string> {
  const routePoints = directory.others.filter(dn => dn.kind === 'routePoint').map(dn => dn.number);
  const listed =
    knobs.monitored === 'extensions' ? directory.extensions.map(one => one.number) : knobs.monitored;
  return new Set([...routePoints, ...listed.filter(number => directory.find(number) !== undefined)]);
}
