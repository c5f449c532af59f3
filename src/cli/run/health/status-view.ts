import type {
  AboutTold,
  ConditionTold,
  ConnectionTold,
  ErrorTold,
  StatsTold,
} from '../../../shared/control-api/told.ts';
import { cut, wrapped } from '../../../shared/telling/cells.ts';
import { sizeText } from '../../../shared/telling/size.ts';
import { localTime, spanText, timeCell } from '../../../shared/telling/time.ts';
import { type Cell, tableText, underRows } from '../../output/answer.ts';
import type { Style } from '../../output/style.ts';
import { paintOfSeverity, paintOfState } from './forms.ts';

/** All of one moment. */
export interface Status {
  about: AboutTold;
  stats: StatsTold;
  connections: readonly ConnectionTold[];
  conditions: readonly ConditionTold[];
  /** The newest that nobody has acknowledged. */
  lastError: ErrorTold | null;
}

interface Look {
  style: Style;
  /** Lines there are; what is wrong is shortened to fit. */
  height: number;
}

const LABEL_WIDTH = 12;
const STATUS_PAINTS = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' } as const;
const ORDER = ['callcontrol', 'xapi', 'database'];

/** One screen: how it is, what is wrong and what to do, what goes on. */
export function statusText(now: Status, { style, height }: Look): string {
  const above = [...headOf(now, style), '', ...connectionLines(now, style), ''];
  const below = ['', ...figuresOf(now, style)];
  const room = height - above.length - below.length;
  return `${[...above, ...wrongLines(now, { style, height: room }), ...below].join('\n')}\n`;
}

/** `--plain`: what kind, which one, how it is, since when, more. */
export function statusRows({ about, stats, connections, conditions, lastError }: Status): Cell[][] {
  const { openCalls, events, clients, journal, diskFreeBytes } = stats;
  const figures: Record<string, Cell> = {
    openCalls,
    eventsPerSecond: events.lastSecond,
    clients: clients.connected,
    lagMax: clients.lagMax,
    journalHead: journal.head,
    journalBytes: journal.bytes,
    isDurable: String(journal.isDurable),
    diskFreeBytes,
    rssBytes: stats.memory.rssBytes,
  };
  return [
    ['status', 'relay', stats.status, timeCell(about.startedAt), about.version],
    ...connections.map(one => [
      ...['connection', one.component, one.state, timeCell(one.since)],
      one.reason ?? one.rung,
    ]),
    ...conditions.map(one => ['condition', one.code, one.severity, timeCell(one.since), one.detail]),
    ...Object.entries(figures).map(([name, value]) => ['figure', name, value, null, null]),
    ...(lastError
      ? [['error', lastError.code, lastError.severity, timeCell(lastError.lastSeen), lastError.detail]]
      : []),
  ];
}

function headOf({ about, stats }: Status, style: Style): string[] {
  const { status, uptimeSeconds, memory } = stats;
  const word = style[STATUS_PAINTS[status]](status.toUpperCase());
  const up = `up ${spanText(uptimeSeconds * 1000)}, ${sizeText(memory.rssBytes)}, pid ${about.pid}`;
  return [`${style.bold('3cx-relay')} ${about.version}  ${word}  ${up}`];
}

function connectionLines({ connections, stats }: Status, style: Style): string[] {
  const rank = (name: string): number => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);
  const shown = connections.toSorted((a, b) => rank(a.component) - rank(b.component));
  const rows = shown.map(({ component, state, since, latencyMs, nextAttemptAt, rung }) => [
    ...[component, state, spanText(stats.time - since)],
    latencyMs === null ? null : `${Math.round(latencyMs)} ms`,
    nextAttemptAt === null
      ? cut(rung ?? '-', style.width - 46)
      : `next try in ${spanText(nextAttemptAt - stats.time)}`,
  ]);
  const below = shown.map(({ state, reason }) =>
    reason === null || state === 'up' ? [] : [style.dim(cut(`  ${reason}`, style.width))],
  );
  const header = ['CONNECTION', 'STATE', 'FOR', 'LATENCY', 'BY'];
  const paint = (cell: string, column: number): string =>
    column === 1 ? style[paintOfState(cell.trim())](cell) : cell;
  return underRows(tableText(header, rows, { style, paint }), below)
    .trimEnd()
    .split('\n');
}

function wrongLines({ conditions, stats }: Status, { style, height }: Look): string[] {
  if (conditions.length === 0) return [style.good('Nothing is wrong.')];
  const title = style.bold(`Wrong now: ${conditions.length}`);
  const blocks = conditions.map(one => conditionLines(one, { style, now: stats.time }));
  const whole = blocks.flat();
  if (whole.length < height) return [title, ...whole];
  // All by name, and the fix of the worst as long as there is room for it.
  const heads = blocks.map(([head = '']) => head);
  const [first = []] = blocks;
  const room = Math.max(1, height - 2);
  const lines = [...first.slice(0, Math.max(1, room - heads.length + 1)), ...heads.slice(1)].slice(0, room);
  return [title, ...lines, style.dim("All with their fix: '3cx-relay conditions'")];
}

interface Seen {
  style: Style;
  now: number;
}

/** A condition with what to do. */
function conditionLines({ code, severity, since, what, fix }: ConditionTold, { style, now }: Seen): string[] {
  const { width } = style;
  const head = `${style[paintOfSeverity(severity)](severity.padEnd(8))} ${code}, for ${spanText(now - since)}`;
  return [head, ...wrapped(what, { lead: '  ', width }), ...wrapped(fix, { lead: '  do  ', width })];
}

function figuresOf({ stats, lastError }: Status, style: Style): string[] {
  const { openCalls, events, clients, journal, diskFreeBytes } = stats;
  const place = journal.isDurable ? 'on disk' : style.bad('IN MEMORY ONLY');
  const free = diskFreeBytes === null ? '' : `, ${sizeText(diskFreeBytes)} of disk free`;
  const line = (label: string, text: string): string => `${label.padEnd(LABEL_WIDTH)}${text}`;
  const error =
    lastError === null
      ? 'none that is not acknowledged'
      : `${localTime(lastError.lastSeen)} ${lastError.code}, ${timesText(lastError.count)}: ${lastError.detail}`;
  return [
    line('Calls open', String(openCalls)),
    line('Events', `${events.lastSecond} a second, ${events.perSecondInLastMinute} over the last minute`),
    line(
      'Clients',
      `${clients.connected}, the slowest ${clients.lagMax} entries behind; ${clients.cutAsSlow} cut as too slow`,
    ),
    line(
      'Journal',
      `entries ${journal.oldest} to ${journal.head}, ${sizeText(journal.bytes)}, ${place}${free}`,
    ),
    line('Last error', cut(error, style.width - LABEL_WIDTH)),
  ];
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
