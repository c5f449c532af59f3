import { ENTRY_TYPES } from '../../shared/journal-entry.ts';
import { type EntryTold, gapText, type LogEntry, toldOf } from '../../shared/telling/entry-told.ts';
import { withoutNumbers } from '../../shared/telling/without-numbers.ts';
import type { ListSpec } from '../list/list-spec.ts';
import type { EventShown } from '../store/event-tail.ts';
import { timeOf } from '../text/ago.ts';
import type { Span } from '../text/line.ts';
import { factLines, jsonLines, linesOfText } from '../text/paragraph.ts';

const TONES = { call: 'accent', agent: 'dim', link: 'warn', gap: 'bad', skipped: 'bad' } as const;

export const eventsScreen: ListSpec<EventShown> = {
  title: 'Events',
  key: '3',
  wants: 'events',
  isTail: true,
  hasNumbers: true,
  withoutNumbers: entry => ({ ...entry, data: withoutNumbers(entry.data) }),
  rows: ({ events }) => events,
  idOf: ({ key }) => key,
  columns: dashboard => [
    { title: 'TIME', width: 8, keep: 8, cell: ({ time = 0 }) => timeOf(time, dashboard.now).slice(-8) },
    {
      title: 'SEQ',
      width: 9,
      keep: 2,
      isRight: true,
      cell: ({ seq }) => ['dim', seq === undefined ? '' : String(seq)],
    },
    { title: 'WHAT', width: 16, keep: 9, cell: whatSpan },
    {
      title: 'CALL',
      width: 6,
      keep: 1,
      cell: entry => ['dim', isTold(entry) ? toldIn(entry).id.slice(-6) : ''],
    },
    { title: 'ABOUT', width: 34, grows: true, keep: 9, cell: aboutText },
  ],
  fields: {
    words: {
      type: ({ type }) => type,
      dn: ({ data }) => dnsOf(data),
      queue: ({ data }) => dnsOf(data),
      seq: ({ seq = null }) => seq,
      source: ({ source = null }) => source,
    },
    order: { type: [...ENTRY_TYPES, 'skipped'] },
    time: ({ time = null }) => time,
    text: entry => `${entry.type} ${JSON.stringify(entry.data ?? entry.detail)}`,
  },
  empty: () => ['The log has no entry yet.', 'Everything that the phone system tells shows up here.'],
  details: (entry, { dashboard, width }) => {
    if (!isTold(entry))
      return linesOfText(entry.type === 'gap' ? gapText(gapOf(entry)) : aboutText(entry), width, 'bad');
    const { seq, time = 0, type, source = '', data } = entry;
    return [
      ...factLines(
        [
          ['entry', `${seq}  ${type}  from ${source}`],
          ['received', `${timeOf(time, dashboard.now)}  ${new Date(time).toISOString()}`],
        ],
        width,
      ),
      ...jsonLines(data, width),
    ];
  },
  actions: [],
};

function isTold({ type }: EventShown): boolean {
  return type !== 'gap' && type !== 'skipped';
}

/** Of what is too large nothing is known but its type. */
function toldIn(entry: EventShown): EntryTold {
  const { type, note } = entry;
  return note === undefined ? toldOf(entry) : { what: type, id: '', from: '', to: '', state: note };
}

function whatSpan(entry: EventShown): Span {
  const { type } = entry;
  const tone = TONES[type as keyof typeof TONES];
  const what = isTold(entry) ? toldIn(entry).what : type === 'gap' ? 'GAP' : 'NOT SHOWN';
  return tone === undefined ? what : [tone, what];
}

function aboutText(entry: EventShown): string {
  if (entry.type === 'skipped') return entry.detail ?? '';
  if (entry.type === 'gap') return shortGapText(gapOf(entry));
  const { from, to, state } = toldIn(entry);
  return [[from, to].filter(Boolean).join(' > '), state].filter(Boolean).join('  ');
}

/** Wherever a DN stands in it: in calls, legs, agents and the words of 3CX. */
function dnsOf(data: unknown): string[] {
  const text = JSON.stringify(data) ?? '';
  const named = [...text.matchAll(/"(?:dn|queue|agent|extension)":"(\d+)"/g)].map(match => match[1] ?? '');
  const entities = [...text.matchAll(/\/callcontrol\/(\d+)/g)].map(match => match[1] ?? '');
  return [...named, ...entities];
}

/** One of the journal has what is missing in its body, one for whoever came back beside it. */
function gapOf(entry: EventShown): LogEntry {
  return { ...entry, ...(entry.data as object | undefined) };
}

/** The times first: a line of a table has no room for all of it. */
function shortGapText(gap: LogEntry): string {
  if (gap.scope !== 'source') return gapText(gap);
  const clock = (time: number | null | undefined): string => timeOf(time ?? null, Date.now());
  return `${clock(gap.from)} to ${clock(gap.to)} not heard: what happened then may be missing`;
}
