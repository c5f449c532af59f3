import { counted } from '../shared/telling/counted.ts';
import type { Dashboard } from './dashboard.ts';
import { type Line, type Span, widthOfLine } from './text/line.ts';

const STATUS_TONES = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' } as const;
const STATUS_GLYPHS = { healthy: 'up', degraded: 'degraded', unhealthy: 'down' } as const;

/** What the first line may say, the most important first: what finds no room is left out. */
interface Part {
  side: 'left' | 'right';
  /** Where it stands among those of its side. */
  order: number;
  spans: readonly Span[];
}

/** How it is now, also while the screen stands still: nobody may overlook that something breaks meanwhile. */
export function headerLine(dashboard: Dashboard, width: number): Line {
  const taken: Part[] = [];
  let room = width;
  for (const part of partsOf(dashboard)) {
    const needed = widthOfLine(part.spans);
    if (needed > room) continue;
    room -= needed;
    taken.push(part);
  }
  const [left, right] = [spansOf(taken, 'left'), spansOf(taken, 'right')];
  return [...left, ' '.repeat(room), ...right];
}

function spansOf(parts: readonly Part[], side: Part['side']): Span[] {
  return parts
    .filter(part => part.side === side)
    .toSorted((a, b) => a.order - b.order)
    .flatMap(({ spans }) => spans);
}

function partsOf(dashboard: Dashboard): Part[] {
  const { about, stats, errors, conditions } = dashboard.board.data();
  const { glyphs } = dashboard.look;
  const fresh = errors.filter(({ acknowledgedAt }) => acknowledgedAt === null).length;
  const parts: Part[] = [{ side: 'left', order: 0, spans: [['strong', ' 3cx-relay']] }];
  const add = (side: Part['side'], order: number, ...spans: Span[]): void =>
    void parts.push({ side, order, spans });
  if (stats !== null) {
    const glyph = glyphs[STATUS_GLYPHS[stats.status]];
    add('left', 2, '  ', [STATUS_TONES[stats.status], `${glyph} ${stats.status}`]);
  }
  if (dashboard.frozenSince !== null) add('right', 0, '  ', ['chosen', ` PAUSED ${waitingText(dashboard)}`]);
  if (fresh > 0) add('right', 1, ['warn', `  ${counted(fresh, 'new error')}`]);
  if (conditions.length > 0) add('left', 3, ['warn', `  ${conditions.length} wrong`]);
  add('right', 2, ['dim', `  ${whoText(dashboard)} `]);
  if (stats !== null) {
    add('left', 5, `  ${counted(stats.openCalls, 'call')}`);
    add('left', 6, `  ${counted(stats.clients.connected, 'client')}`);
    add('left', 4, `  ${stats.events.lastSecond} ev/s`);
  }
  if (about !== null) add('left', 1, ` ${about.version}`);
  return parts;
}

/** What came since it stands still. */
function waitingText({ board, data }: Dashboard): string {
  const waiting = (board.data().stats?.journal.head ?? 0) - (data.stats?.journal.head ?? 0);
  return `${Math.max(0, waiting)} waiting `;
}

function whoText({ who, isReadonly }: Dashboard): string {
  const name = who === null ? '' : who.name;
  if (isReadonly) return `${name} RO`.trim();
  return who?.role === 'viewer' ? `${name} viewer RO` : name;
}
