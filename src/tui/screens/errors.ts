import { CONDITIONS, SEVERITIES } from '../../shared/conditions/condition-table.ts';
import type { ErrorsTold, ErrorTold } from '../../shared/control-api/told.ts';
import { counted } from '../../shared/telling/counted.ts';
import type { Dashboard } from '../dashboard.ts';
import { Confirm } from '../layers/confirm.ts';
import type { ListSpec } from '../list/list-spec.ts';
import { timeOf } from '../text/ago.ts';
import type { Line } from '../text/line.ts';
import { factLines, linesOfText } from '../text/paragraph.ts';
import { severityTone } from '../text/tones.ts';

const PAGE = 500;

export const errorsScreen: ListSpec<ErrorTold> = {
  title: 'Errors',
  key: '4',
  rows: ({ errors }) => errors.toSorted((a, b) => b.lastSeen - a.lastSeen),
  idOf: ({ id }) => String(id),
  columns: ({ now, look }) => [
    {
      title: 'SEVERITY',
      width: 10,
      keep: 9,
      // Also without colour it must be seen which ones somebody has seen.
      cell: ({ severity, acknowledgedAt }) =>
        acknowledgedAt === null ? [severityTone(severity), severity] : ['dim', 'seen'],
    },
    { title: 'LAST', width: 11, keep: 8, cell: ({ lastSeen }) => timeOf(lastSeen, now) },
    {
      title: 'TIMES',
      width: 6,
      keep: 5,
      isRight: true,
      cell: ({ count }) => (count > 1 ? `${look.glyphs.times}${count}` : ''),
    },
    { title: 'PART', width: 12, keep: 4, cell: ({ component }) => component },
    { title: 'CODE', width: 20, keep: 7, cell: ({ code }) => code },
    {
      title: 'WHAT',
      width: 20,
      grows: true,
      keep: 9,
      cell: ({ detail, acknowledgedAt }) => (acknowledgedAt === null ? detail : ['dim', detail]),
    },
    { title: 'SEEN BY', width: 10, keep: 2, cell: ({ acknowledgedBy }) => ['dim', acknowledgedBy ?? ''] },
  ],
  fields: {
    words: {
      severity: ({ severity }) => severity,
      component: ({ component }) => component,
      code: ({ code }) => code,
      acknowledged: ({ acknowledgedAt }) => String(acknowledgedAt !== null),
    },
    // The table has the worst first.
    order: { severity: SEVERITIES.toReversed() },
    time: ({ lastSeen }) => lastSeen,
    text: ({ code, component, detail, place }) => `${code} ${component} ${detail} ${place}`,
  },
  opened: dashboard => void loadMore(dashboard),
  empty: () => ['Nothing has gone wrong.', 'What goes wrong and is survived stands here, repeats counted.'],
  details: (error, { dashboard: { now }, width }) => [
    ...factLines(
      [
        ['error', `${error.id}  ${error.code}  ${error.severity}`],
        ['place', `${error.component}  ${error.place}`],
        [
          'seen',
          error.count === 1
            ? `once, ${timeOf(error.lastSeen, now)}`
            : `${error.count} times, first ${timeOf(error.firstSeen, now)}, last ${timeOf(error.lastSeen, now)}`,
        ],
        ['seen by', error.acknowledgedAt && `${error.acknowledgedBy} ${timeOf(error.acknowledgedAt, now)}`],
      ],
      width,
    ),
    [],
    ...linesOfText(error.detail, width),
    ...remedyLines(error.code, width),
  ],
  actions: [
    {
      name: 'acknowledge',
      key: 'a',
      label: 'acknowledge',
      why: 'You have seen it; if it comes again, it is new',
      changes: true,
      isFor: ({ acknowledgedAt }) => acknowledgedAt === null,
      onRow: (error, dashboard) => void acknowledge([error], dashboard),
    },
    {
      name: 'acknowledge all shown',
      key: 'A',
      label: 'all shown',
      why: 'The same for all errors that the filter shows',
      changes: true,
      isPossible: dashboard => newShown(dashboard).length > 0,
      run: dashboard => {
        const errors = newShown(dashboard);
        const says = `Acknowledge ${counted(errors.length, 'error')}? All stay in the list, and what comes again is a new one.`;
        dashboard.open(
          new Confirm({
            name: 'acknowledge all shown',
            says,
            onYes: () => void acknowledge(errors, dashboard),
          }),
        );
      },
    },
    {
      name: 'next new error',
      key: 'e',
      label: '',
      why: 'Go to the next error that nobody has seen',
      run: dashboard => {
        const isFound = dashboard.screen.toNext?.(
          one => (one as ErrorTold).acknowledgedAt === null,
          dashboard,
        );
        if (!isFound) dashboard.say('dim', 'There is no other new error.');
      },
    },
  ],
};

async function loadMore(dashboard: Dashboard): Promise<void> {
  try {
    const { errors } = await dashboard.desk.get<ErrorsTold>('/admin/errors', { limit: PAGE });
    dashboard.board.addErrors(errors);
    dashboard.publisher.now();
  } catch {
    // The newest are there all the same; that the daemon does not answer is told at the top.
  }
}

function newShown(dashboard: Dashboard): ErrorTold[] {
  const shown = (dashboard.screen.shownRows?.() ?? []) as readonly ErrorTold[];
  return shown.filter(({ acknowledgedAt }) => acknowledgedAt === null);
}

async function acknowledge(errors: readonly ErrorTold[], dashboard: Dashboard): Promise<void> {
  try {
    for (const { id } of errors)
      await dashboard.desk.ask(`/admin/errors/${id}/acknowledge`, { method: 'POST' });
    dashboard.say(
      'good',
      errors.length === 1
        ? `Acknowledged: ${errors[0]?.code} ${errors[0]?.detail}`
        : `${errors.length} errors acknowledged.`,
    );
  } catch (error) {
    dashboard.complain(error);
  }
}

/** Where the error is of something that can be wrong: why, and what to do. */
function remedyLines(code: string, width: number): Line[] {
  const known = Object.entries(CONDITIONS).find(([name]) => name === code)?.[1];
  if (known === undefined) return [];
  return [
    [],
    ...factLines(
      [
        ['cause', known.cause],
        ['what to do', known.fix],
      ],
      width,
    ),
  ];
}
