import { keyText } from './actions/key-text.ts';
import type { Dashboard, Hint, Layer } from './dashboard.ts';
import { ListScreen } from './list/list-screen.ts';
import { spanOf } from './text/ago.ts';
import { type Area, drawn, filled, fitted, type Line, type Span, widthOfLine } from './text/line.ts';

const WIDTH_MIN = 60;
const HEIGHT_MIN = 18;
/** Header, tabs, and the line at the foot. */
const HEAD_LINES = 2;
const FOOT_LINES = 1;
const BOX_WIDTH_MAX = 84;
const TABS_GAP = 1;

/** Where what is, for whoever clicks. */
export interface Places {
  tabs: { from: number; to: number; screen: number }[];
  tabsLine: number;
  bodyFrom: number;
}

export interface Frame {
  lines: string[];
  places: Places;
}

/** The whole screen: exactly as many lines as there are, none wider than the terminal. */
export function frameOf(dashboard: Dashboard, area: Area): Frame {
  const { width, height } = area;
  if (width < WIDTH_MIN || height < HEIGHT_MIN) return tooSmall(dashboard, area);
  const tabs = tabsLine(dashboard, width);
  const foot = footLines(dashboard, area);
  const room = { width, height: height - HEAD_LINES - bannerLines(dashboard).length - foot.length };
  const body = bodyLines(dashboard, room);
  const { look } = dashboard;
  const bodyLook = dashboard.link.state.kind === 'away' && dashboard.link.hasHeard ? look.faded : look;
  const lines = [
    drawn(headerLine(dashboard, width), width, look),
    drawn(tabs.line, width, look),
    ...bannerLines(dashboard).map(line => drawn(line, width, look)),
    ...body.map(line => drawn(line, width, bodyLook)),
    ...foot.map(line => drawn(line, width, look)),
  ];
  return {
    lines,
    places: { tabs: tabs.places, tabsLine: 1, bodyFrom: HEAD_LINES + bannerLines(dashboard).length },
  };
}

function tooSmall({ look }: Dashboard, { width, height }: Area): Frame {
  const text = `This needs ${WIDTH_MIN}x${HEIGHT_MIN}, the terminal has ${width}x${height}.`;
  const middle = Math.floor((height - 1) / 2);
  const lines = Array.from({ length: height }, (_, row) =>
    row === middle
      ? drawn([' '.repeat(Math.max(0, Math.floor((width - text.length) / 2))), text], width, look)
      : '',
  );
  return { lines, places: { tabs: [], tabsLine: 1, bodyFrom: height } };
}

const STATUS_TONES = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' } as const;
const STATUS_GLYPHS = { healthy: 'up', degraded: 'degraded', unhealthy: 'down' } as const;

function headerLine(dashboard: Dashboard, width: number): Line {
  const { look, data } = dashboard;
  const { about, stats, errors } = data;
  const left: Span[] = [['strong', ' 3cx-relay'], about === null ? '' : ` ${about.version}`, '  '];
  if (stats !== null) {
    const glyph = look.glyphs[STATUS_GLYPHS[stats.status]];
    left.push([STATUS_TONES[stats.status], `${glyph} ${stats.status}`]);
    left.push(
      `  ${stats.events.lastSecond} ev/s  ${stats.openCalls} calls  ${stats.clients.connected} clients`,
    );
  }
  const fresh = errors.filter(({ acknowledgedAt }) => acknowledgedAt === null).length;
  const right: Span[] = [];
  if (fresh > 0) right.push(['warn', `${fresh} new ${fresh === 1 ? 'error' : 'errors'}  `]);
  if (dashboard.frozenSince !== null) right.push(['chosen', ` PAUSED ${waitingText(dashboard)}`], '  ');
  right.push(['dim', whoText(dashboard)], ' ');
  const space = width - widthOfLine(left) - widthOfLine(right);
  return space >= 0 ? [...left, ' '.repeat(space), ...right] : [...fitted(left, width)];
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

function tabsLine(dashboard: Dashboard, width: number): { line: Line; places: Places['tabs'] } {
  const { screens, screen: current } = dashboard;
  const whole = screens.reduce((sum, { title }) => sum + title.length + 2 + TABS_GAP, 1);
  const isTight = whole > width;
  const line: Span[] = [' '];
  const places: Places['tabs'] = [];
  let at = 1;
  for (const [place, screen] of screens.entries()) {
    const isHere = screen === current;
    const title = isTight && !isHere ? screen.title.slice(0, 5) : screen.title;
    const text = `${screen.key} ${title}`;
    line.push(isHere ? ['chosen', text] : ['dim', text], ' '.repeat(TABS_GAP));
    places.push({ from: at, to: at + text.length, screen: place });
    at += text.length + TABS_GAP;
  }
  const path = dashboard.layers.map(({ name }) => name).join(' > ');
  if (path !== '' && at + path.length + 2 < width) line.push(['accent', `> ${path}`]);
  else if (current instanceof ListScreen) {
    const position = current.position();
    const space = width - at - position.length - 1;
    if (space > 0) line.push(' '.repeat(space), ['dim', position]);
  }
  return { line, places };
}

/** What cannot be overlooked: that nothing here is true any more, or that nothing ever was. */
function bannerLines(dashboard: Dashboard): Line[] {
  const { state, hasHeard } = dashboard.link;
  if (state.kind !== 'away') return [];
  const lost = hasHeard ? `daemon lost ${spanOf(Date.now() - state.since)} ago` : 'daemon not reached';
  const next =
    state.retryAt === null
      ? 'trying now'
      : `retry in ${Math.max(0, Math.ceil((state.retryAt - Date.now()) / 1000))} s (r now)`;
  const what: Line = [['bad', ` ${dashboard.look.glyphs.down} ${lost}, ${next}`], '  ', state.why];
  const hint = state.code === 'E_LOGIN_NEEDED' ? ':login logs you in again.' : state.hint;
  return [what, [['dim', `   ${hint}`]]];
}

function bodyLines(dashboard: Dashboard, area: Area): Line[] {
  const covering = dashboard.layers.findLast(({ place }) => place === 'body');
  const base = covering ? covering.lines(area, dashboard) : dashboard.screen.lines(area, dashboard);
  const body = filled(base, area.height);
  const top = dashboard.layers.at(-1);
  return top?.place === 'box' ? withBox(body, { top, area, dashboard }) : body;
}

interface Boxed {
  top: Layer;
  area: Area;
  dashboard: Dashboard;
}

/** In the middle of the body, whose lines it takes the place of. */
function withBox(body: Line[], { top, area, dashboard }: Boxed): Line[] {
  const { corners, rule, side } = dashboard.look.glyphs;
  const inner = Math.min(BOX_WIDTH_MAX, area.width - 4) - 4;
  const content = top.lines({ width: inner, height: area.height - 2 }, dashboard).slice(0, area.height - 2);
  const left = ' '.repeat(Math.floor((area.width - inner - 4) / 2));
  const [topLeft, topRight, bottomLeft, bottomRight] = corners;
  const title = ` ${top.name} `;
  const box: Line[] = [
    [left, topLeft, rule, ['strong', title], rule.repeat(Math.max(0, inner + 1 - title.length)), topRight],
    ...content.map((line): Line => [left, side, ' ', ...fitted(line, inner), ' ', side]),
    [left, bottomLeft, rule.repeat(inner + 2), bottomRight],
  ];
  const from = Math.max(0, Math.floor((area.height - box.length) / 3));
  return body.map((line, row) => box[row - from] ?? line);
}

function footLines(dashboard: Dashboard, area: Area): Line[] {
  const { layers, notice } = dashboard;
  const top = layers.at(-1);
  const above = top?.place === 'foot' ? top.lines({ ...area, height: area.height - 4 }, dashboard) : [];
  const hints = top?.hints(dashboard) ?? screenHints(dashboard);
  const foot = notice === null ? hintLine(hints, area.width) : [[notice.tone, ` ${notice.text}`] as const];
  return [...above, foot].slice(-(area.height - HEAD_LINES - FOOT_LINES));
}

function screenHints(dashboard: Dashboard): Hint[] {
  const named = dashboard.actions().filter(({ key, label }) => key !== undefined && label !== '');
  return [['?', 'help'], ...named.map(({ key = '', label }): Hint => [key, label])];
}

/** As many as there is room for; help is the first and so the last to go. */
function hintLine(hints: readonly Hint[], width: number): Line {
  const line: Span[] = [' '];
  let room = width - 1;
  const seen = new Set<string>();
  for (const [key, label] of hints) {
    const text = keyText(key);
    const needed = text.length + label.length + 3;
    if (seen.has(key) || needed > room) continue;
    seen.add(key);
    line.push(['accent', text], ` ${label}  `);
    room -= needed;
  }
  return line;
}
