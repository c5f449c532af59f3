import { cut, widthOf, wrapped } from '../shared/telling/cells.ts';
import { keyText } from './actions/key-text.ts';
import type { Dashboard, Hint, Layer } from './dashboard.ts';
import { headerLine } from './header.ts';
import { ListScreen } from './list/list-screen.ts';
import { spanOf } from './text/ago.ts';
import { type Area, drawn, filled, fitted, type Line, type Span } from './text/line.ts';

const WIDTH_MIN = 60;
const HEIGHT_MIN = 18;
/** Header, tabs, and the line at the foot. */
const HEAD_LINES = 2;
const FOOT_LINES = 1;
const BOX_WIDTH_MAX = 84;
const TABS_GAP = 1;
/** Of a title, where there is no room for all of them. */
const TITLE_MIN = 3;
/** Of the foot, for where one stands in a list and what is left out of it. */
const PLACE_SHARE = 0.5;
const NOTICE_LINES_MAX = 3;

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
  const banner = bannerLines(dashboard);
  const above = aboveFoot(dashboard, area);
  const notice = noticeLines(dashboard, width);
  const footHeight = above.length + Math.max(FOOT_LINES, notice.length);
  const body = bodyLines(dashboard, { width, height: height - HEAD_LINES - banner.length - footHeight });
  // After the body: where one stands, and so what can be done, is known when that is drawn.
  const foot = [...above, ...(notice.length > 0 ? notice : [footLine(dashboard, width)])];
  const { look } = dashboard;
  const bodyLook = dashboard.link.state.kind === 'away' && dashboard.link.hasHeard ? look.faded : look;
  const lines = [
    drawn(headerLine(dashboard, width), width, bodyLook),
    drawn(tabs.line, width, look),
    ...banner.map(line => drawn(line, width, look)),
    ...body.map(line => drawn(line, width, bodyLook)),
    ...foot.map(line => drawn(line, width, look)),
  ];
  return {
    lines,
    places: { tabs: tabs.places, tabsLine: 1, bodyFrom: HEAD_LINES + banner.length },
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

function tabsLine(dashboard: Dashboard, width: number): { line: Line; places: Places['tabs'] } {
  const { screens, screen: current } = dashboard;
  const whole = screens.reduce((sum, { title }) => sum + title.length + 2 + TABS_GAP, 1);
  const isTight = whole > width;
  const isTiny = whole - screens.length > width;
  const line: Span[] = [' '];
  const places: Places['tabs'] = [];
  let at = 1;
  for (const [place, screen] of screens.entries()) {
    const isHere = screen === current;
    const title = isTiny && !isHere ? screen.title.slice(0, TITLE_MIN) : screen.title;
    const text = isTight ? `${screen.key}${title}` : `${screen.key} ${title}`;
    // Where there is no colour, nothing else would tell which it is.
    if (isHere && !dashboard.look.hasColor) line[line.length - 1] = dashboard.look.glyphs.here;
    line.push(isHere ? ['chosen', text] : ['dim', text], ' '.repeat(TABS_GAP));
    places.push({ from: at, to: at + text.length, screen: place });
    at += text.length + TABS_GAP;
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
  return hint === '' ? [what] : [what, [['dim', `   ${hint}`]]];
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

function aboveFoot(dashboard: Dashboard, { width, height }: Area): readonly Line[] {
  const top = dashboard.layers.at(-1);
  return top?.place === 'foot' ? top.lines({ width, height: height - 4 }, dashboard) : [];
}

/** Instead of the foot, and whole: it may say what to do. */
function noticeLines({ notice }: Dashboard, width: number): Line[] {
  if (notice === null) return [];
  const lines = wrapped(notice.text, { lead: ' ', width }).slice(0, NOTICE_LINES_MAX);
  return lines.map(text => [[notice.tone, text]]);
}

function footLine(dashboard: Dashboard, width: number): Line {
  const top = dashboard.layers.at(-1);
  const hints = top?.hints(dashboard) ?? screenHints(dashboard);
  const place = cut(placeText(dashboard), Math.floor(width * PLACE_SHARE));
  if (place === '') return hintLine(hints, width);
  const room = width - widthOf(place) - 2;
  return [...fitted(hintLine(hints, room), room), ['dim', ` ${place} `]];
}

/** How one came here; in a list, what is left out of it, and where in it one stands. */
function placeText(dashboard: Dashboard): string {
  const { screen, layers } = dashboard;
  if (layers.length > 0) return [screen.title, ...layers.map(({ name }) => name)].join(' > ');
  return screen instanceof ListScreen ? screen.position(dashboard) : '';
}

function screenHints(dashboard: Dashboard): Hint[] {
  const named = dashboard.actions().filter(({ key, label }) => key !== undefined && label !== '');
  return [['?', 'help'], ...named.map(({ key = '', label }): Hint => [key, label])];
}

/** As many as there is room for; help is the first and so the last to go, and the way out the last but one. */
function hintLine(hints: readonly Hint[], width: number): Line {
  const line: Span[] = [' '];
  const [out] = hints.slice(-1);
  const reserved = out === undefined ? 0 : widthOfHint(out);
  let room = width - 1;
  const seen = new Set<string>();
  for (const [key, label] of hints) {
    const isOut = out !== undefined && key === out[0];
    const needed = widthOfHint([key, label]);
    if (seen.has(key) || needed > room - (isOut ? 0 : reserved)) continue;
    seen.add(key);
    line.push(['accent', keyText(key)], ` ${label}  `);
    room -= needed;
  }
  return line;
}

function widthOfHint([key, label]: Hint): number {
  return keyText(key).length + label.length + 3;
}
