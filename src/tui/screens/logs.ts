import type { LogLineTold } from '../../shared/control-api/told.ts';
import { LOG_LEVELS } from '../../shared/control-api/upkeep-schemas.ts';
import { withoutLogNumbers } from '../../shared/telling/without-numbers.ts';
import type { Dashboard } from '../dashboard.ts';
import type { ListSpec } from '../list/list-spec.ts';
import { timeOf } from '../text/ago.ts';
import type { Tone } from '../text/look.ts';
import { factLines, jsonLines, linesOfText } from '../text/paragraph.ts';

const TONES: Partial<Record<LogLineTold['level'], Tone>> = {
  warn: 'warn',
  error: 'bad',
  fatal: 'bad',
  debug: 'dim',
  trace: 'dim',
};

export const logsScreen: ListSpec<LogLineTold> = {
  title: 'Logs',
  key: '9',
  wants: 'logs',
  isTail: true,
  hasNumbers: true,
  withoutNumbers: withoutLogNumbers,
  rows: ({ logs }) => logs,
  idOf: ({ id }) => String(id),
  nameOf: ({ time }) => timeOf(time, Date.now()),
  columns: ({ now }) => [
    { title: 'TIME', width: 8, keep: 8, cell: ({ time }) => timeOf(time, now).slice(-8) },
    { title: 'LEVEL', width: 5, keep: 9, cell: ({ level }) => [TONES[level] ?? 'good', level] },
    { title: 'PART', width: 12, keep: 6, cell: ({ part }) => part },
    {
      title: 'SAYS',
      width: 24,
      grows: true,
      keep: 9,
      cell: ({ message, fields }) => `${message}${fieldsText(fields)}`,
    },
  ],
  fields: {
    words: { level: ({ level }) => level, part: ({ part }) => part },
    order: { level: [...LOG_LEVELS] },
    time: ({ time }) => Date.parse(time),
    text: ({ level, part, message, fields }) => `${level} ${part} ${message} ${JSON.stringify(fields)}`,
  },
  empty: () => ['The daemon has logged nothing.', 'LOG_LEVEL in relay.env says how much it logs.'],
  details: ({ time, level, part, message, fields }, { dashboard: { now }, width }) => [
    ...factLines(
      [
        ['logged', `${timeOf(time, now)}  ${level}  ${part}`],
        ['says', message],
      ],
      width,
    ),
    ...(Object.keys(fields).length === 0 ? linesOfText('', width) : jsonLines(fields, width)),
  ],
  actions: [
    {
      name: 'log level',
      key: 'l',
      label: 'level',
      why: 'From which level on: info, warn, error, or all',
      run: nextLevel,
    },
  ],
};

const STEPS = ['', 'level>=info', 'level>=warn', 'level>=error'];

function nextLevel(dashboard: Dashboard): void {
  const { filter } = dashboard.screen;
  if (filter === undefined) return;
  const rest = filter.text.split(' ').filter(word => word !== '' && !/^level[:=<>]/.test(word));
  const step = STEPS.findIndex(one => one !== '' && filter.text.includes(one));
  filter.text = [...rest, STEPS[(Math.max(0, step) + 1) % STEPS.length]].filter(Boolean).join(' ');
  dashboard.say('dim', filter.text === '' ? 'All levels are shown.' : `Shown: ${filter.text}`);
}

function fieldsText(fields: Record<string, unknown>): string {
  const said = Object.entries(fields).map(([name, value]) => `${name}=${valueText(name, value)}`);
  return said.length === 0 ? '' : `  ${said.join(' ')}`;
}

/** Moments are logged as milliseconds since 1970, which nobody can read. */
function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && /At$/.test(name)) return timeOf(value, Date.now());
  return typeof value === 'string' ? value : JSON.stringify(value);
}
