import type { CheckReport } from '../../shared/conditions/doctor-report.ts';
import { CliError } from '../../shared/control/cli-error.ts';
import type { WatchEnd } from '../../shared/control-api/watch-line.ts';
import { counted } from '../../shared/telling/counted.ts';
import type { Dashboard } from '../dashboard.ts';
import type { ListSpec } from '../list/list-spec.ts';
import { timeOf } from '../text/ago.ts';
import { complaintOf } from '../text/complaint.ts';
import type { Line } from '../text/line.ts';
import type { Tone } from '../text/look.ts';
import { factLines, linesOfText } from '../text/paragraph.ts';

const TONES: Record<CheckReport['result'], Tone> = {
  ok: 'good',
  warning: 'warn',
  fail: 'bad',
  skipped: 'dim',
};
const ORDER = ['ok', 'skipped', 'warning', 'fail'];

type Course =
  | { kind: 'not yet' }
  | { kind: 'running'; since: number }
  | { kind: 'done'; at: number }
  | { kind: 'failed'; why: string };

/** A line of the answer: each check, when it is done; at the end the whole, or why there is none. */
type DoctorLine = { type: 'check'; check: CheckReport } | { type: 'report' } | WatchEnd;

/** Each screen that is made has an examination of its own. */
export function doctorScreen(): ListSpec<CheckReport> {
  let checks: readonly CheckReport[] = [];
  let course: Course = { kind: 'not yet' };

  const isOver = (): boolean => course.kind !== 'running';

  async function run(dashboard: Dashboard): Promise<void> {
    if (!isOver()) return;
    checks = [];
    course = { kind: 'running', since: Date.now() };
    dashboard.publisher.now();
    try {
      const lines = dashboard.desk.stream<DoctorLine>('/admin/doctor', { timeoutMs: 20_000 });
      for await (const line of lines) {
        if (line.type === 'check') checks = [...checks, line.check];
        else if (line.type === 'report') course = { kind: 'done', at: Date.now() };
        else if (line.type === 'end') course = { kind: 'failed', why: `${line.detail} (${line.code})` };
        dashboard.publisher.now();
      }
      if (!isOver())
        throw new CliError(
          'E_CUT_OFF',
          'The answer of the daemon ended early',
          'not all was looked at; d looks again',
        );
    } catch (error) {
      course = { kind: 'failed', why: complaintOf(error) };
    }
    dashboard.publisher.now();
  }

  return {
    title: 'Doctor',
    key: '0',
    rows: () => checks.toSorted((a, b) => ORDER.indexOf(b.result) - ORDER.indexOf(a.result)),
    idOf: ({ name }) => name,
    columns: () => [
      { title: 'RESULT', width: 8, keep: 9, cell: ({ result }) => [TONES[result], result] },
      { title: 'CHECK', width: 20, keep: 9, cell: ({ name }) => name },
      { title: 'CODE', width: 20, keep: 4, cell: ({ code }) => code },
      {
        title: 'FOUND',
        width: 24,
        grows: true,
        keep: 7,
        cell: ({ evidence, cause }) => cause ?? evidence.join('; '),
      },
      {
        title: 'MS',
        width: 6,
        keep: 2,
        isRight: true,
        cell: ({ durationMs }) => ['dim', String(durationMs)],
      },
    ],
    fields: {
      words: { result: ({ result }) => result, check: ({ name }) => name, code: ({ code }) => code },
      order: { result: ORDER },
      text: check => [check.name, check.code, check.looksAt, check.cause, ...check.evidence].join(' '),
    },
    head: ({ now }) => [[' ', ...courseLine(course, checks, now)]],
    opened: dashboard => {
      if (course.kind === 'not yet') void run(dashboard);
    },
    empty: () => emptyText(course),
    details: ({ name, looksAt, result, code, evidence, cause, fix }, { width }) => [
      ...factLines(
        [
          ['check', `${name}  ${code}`],
          ['looks at', looksAt],
          ...evidence.map((fact, place) => [place === 0 ? 'found' : ' ', fact] as const),
          ['cause', cause],
        ],
        width,
      ),
      ...(fix === null
        ? []
        : [[], [['strong', 'What to do'] as const], ...linesOfText(fix, width, TONES[result])]),
    ],
    actions: [
      {
        name: 'run doctor',
        key: 'd',
        label: 'run again',
        why: 'Look at everything again; it changes nothing',
        run: dashboard => void run(dashboard),
      },
    ],
  };
}

function emptyText({ kind }: Course): readonly [what: string, next: string] {
  if (kind === 'running')
    return [
      'Looking; each result shows up when it is there.',
      'It takes up to 15 seconds and changes nothing.',
    ];
  return [
    kind === 'failed' ? 'There is no result.' : 'Nothing was looked at yet.',
    'Press d to look; it changes nothing.',
  ];
}

function courseLine(course: Course, checks: readonly CheckReport[], now: number): Line {
  const count = (result: string): number => checks.filter(one => one.result === result).length;
  const found: Line = [
    ['bad', `${count('fail')} fail`],
    '  ',
    ['warn', counted(count('warning'), 'warning')],
    '  ',
    ['good', `${count('ok')} ok`],
    ['dim', `  ${count('skipped')} skipped`],
  ];
  switch (course.kind) {
    case 'not yet':
      return [['dim', 'Not looked yet']];
    case 'running':
      return ['Looking...  ', ...found];
    case 'done':
      return [`Looked at ${timeOf(course.at, now)}  `, ...found];
    case 'failed':
      return [['bad', course.why]];
  }
}
