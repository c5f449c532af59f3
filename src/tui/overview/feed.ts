import type { Dashboard } from '../dashboard.ts';
import { timeOf } from '../text/ago.ts';
import type { Area, Line } from '../text/line.ts';
import { severityTone } from '../text/tones.ts';

const LAG_NOTICED = 100;

/** Which program is behind most, if any is. */
export function slowestLine({ data }: Dashboard): Line {
  const [slowest] = data.clients.toSorted((a, b) => b.lag - a.lag);
  const cut = data.stats?.clients.cutAsSlow ?? 0;
  const cutText = cut === 0 ? '' : `; ${cut} cut as too slow`;
  if (slowest === undefined) return [['dim', ' Clients: '], `none is connected${cutText}`];
  const { keyName, address, lag, isLive } = slowest;
  const pace = isLive ? 'live' : 'fed from the journal';
  return [
    ['dim', ' Slowest client: '],
    `${keyName} at ${address}, `,
    [lag >= LAG_NOTICED ? 'bad' : 'good', `${lag} behind`],
    `, ${pace}${cutText}`,
  ];
}

/** What went wrong last; what nobody has seen yet stands out. */
export function feedLines({ data, now, look, link }: Dashboard, { height }: Area): Line[] {
  const errors = data.errors.toSorted((a, b) => b.lastSeen - a.lastSeen).slice(0, height);
  if (errors.length === 0) return [[['dim', link.hasHeard ? ' None.' : '']]];
  return errors.map(({ lastSeen, severity, code, detail, count, acknowledgedAt }): Line => {
    const isNew = acknowledgedAt === null;
    const times = count > 1 ? ` ${look.glyphs.times}${count}` : '';
    return [
      ['dim', ` ${timeOf(lastSeen, now).padStart(11)}  `],
      isNew ? 'new   ' : ['dim', 'seen  '],
      [isNew ? severityTone(severity) : 'dim', `${code}${times}`],
      isNew ? `  ${detail}` : (['dim', `  ${detail}`] as const),
    ];
  });
}
