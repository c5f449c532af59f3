import type { ConnectionTold } from '../../shared/control-api/told.ts';
import { cut, wrapped } from '../../shared/telling/cells.ts';
import type { Dashboard } from '../dashboard.ts';
import { spanOf } from '../text/ago.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { filled, fitted, type Line } from '../text/line.ts';
import { sparkline, stateSpan } from '../text/tones.ts';

const ORDER = ['callcontrol', 'xapi', 'database'];
const NAMES: Record<string, string> = {
  callcontrol: 'Call control',
  xapi: 'XAPI',
  database: 'Database',
  agents: 'Agents',
};
const GAP = 2;
const REASON_TONES = { up: 'dim', degraded: 'warn', down: 'bad', disabled: 'dim' } as const;
/** State, way, and why it is not up. */
const REASON_LINES = 3;
const SPARK_WIDTH = 18;
/** Below it a connection is as fast as anybody needs. */
const LATENCY_NOTICED_MS = 20;

/** The connections to the phone system, side by side. */
export function cardLines(dashboard: Dashboard, width: number): Line[] {
  const { components } = dashboard.data;
  const shown = ORDER.map(name => components.find(({ component }) => component === name));
  const cardWidth = Math.floor((width - GAP * (ORDER.length - 1)) / ORDER.length);
  const cards = shown.map((one, place) =>
    cardOf(one, { name: NAMES[ORDER[place] ?? ''] ?? '', dashboard, width: cardWidth }),
  );
  const height = Math.max(...cards.map(card => card.length));
  const rows = Array.from(
    { length: height },
    (_, row): Line => [
      ...cards.flatMap((card, place) => [
        ...fitted(filled(card, height)[row] ?? [], cardWidth),
        ...(place < cards.length - 1 ? [' '.repeat(GAP)] : []),
      ]),
    ],
  );
  return [...rows, ...agentsLine(dashboard)];
}

interface Card {
  name: string;
  dashboard: Dashboard;
  width: number;
}

function cardOf(one: ConnectionTold | undefined, { name, dashboard, width }: Card): Line[] {
  const { glyphs } = dashboard.look;
  const head: Line = [
    ['strong', name],
    ' ',
    ['dim', glyphs.rule.repeat(Math.max(0, width - name.length - 1))],
  ];
  if (one === undefined)
    return [head, [['dim', dashboard.link.hasHeard ? 'not in use' : 'waiting for the daemon']], [], []];
  const { state, since, rung, reason, latencyMs, latenciesMs, nextAttemptAt } = one;
  const { now } = dashboard;
  const latency = latencyMs === null ? '' : `${Math.round(latencyMs)} ms`;
  const isTried = nextAttemptAt !== null && state !== 'disabled';
  const next = !isTried ? '' : `next try in ${Math.max(0, Math.ceil((nextAttemptAt - now) / 1000))} s`;
  const lines: Line[] = [
    [stateSpan(state, glyphs), ['dim', `  for ${spanOf(now - since)}`]],
    !isTried
      ? [
          [
            'accent',
            sparkline(latenciesMs, {
              width: Math.min(SPARK_WIDTH, width - 9),
              glyphs,
              least: LATENCY_NOTICED_MS,
            }),
          ],
          ` ${latency}`,
        ]
      : [['warn', next]],
    [['dim', rung ?? '']],
    ...(reason === null || state === 'up' ? [] : reasonLines(reason, { width: width - 1, glyphs })).map(
      (text): Line => [[REASON_TONES[state], text]],
    ),
  ];
  return [head, ...lines.map((line): Line => [' ', ...line])];
}

/** Whole it stands below, among what is wrong. */
function reasonLines(reason: string, { width, glyphs }: { width: number; glyphs: Glyphs }): string[] {
  const lines = wrapped(reason, { lead: '', width });
  if (lines.length <= REASON_LINES) return lines;
  const last = lines[REASON_LINES - 1] ?? '';
  return [...lines.slice(0, REASON_LINES - 1), cut(`${last} ${glyphs.ellipsis}`, width, glyphs.ellipsis)];
}

/** The fourth is of little use to look at unless something is wrong with it. */
function agentsLine({ data, look }: Dashboard): Line[] {
  const agents = data.components.find(({ component }) => component === 'agents');
  if (agents === undefined || agents.state === 'up' || agents.state === 'disabled') return [];
  return [[' Agents  ', stateSpan(agents.state, look.glyphs), `  ${agents.reason ?? ''}`]];
}
