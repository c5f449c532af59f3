import type { CheckReport, CheckResult, DoctorReport } from '../../../shared/conditions/doctor-report.ts';
import { cut, wrapped } from '../../../shared/telling/cells.ts';
import type { Style } from '../../output/style.ts';

interface ViewOptions {
  seenFrom: 'inside' | 'outside';
  /** All evidence, also of what is well. */
  isVerbose: boolean;
  style: Style;
}

const WIDTH = 80;
const LABELS: Record<CheckResult, string> = {
  ok: 'ok',
  warning: 'WARNING',
  fail: 'FAIL',
  skipped: 'skipped',
};
const PAINTS = { ok: 'good', warning: 'warn', fail: 'bad', skipped: 'dim' } as const;
const LABEL_WIDTH = 8;
const NAME_WIDTH = 15;
const INDENT = ' '.repeat(LABEL_WIDTH + 1);

/** For people: never wider than 80 columns, and never told by colour alone. */
export function humanReport(report: DoctorReport, options: ViewOptions): string {
  const lines = report.checks.flatMap(check => linesOf(check, options));
  return `${[...lines, '', ...wrapped(summary(report, options), { lead: '', width: WIDTH })].join('\n')}\n`;
}

export function plainRows({ checks }: DoctorReport): string[][] {
  return checks.map(({ result, name, code, evidence, fix }) => [
    result,
    name,
    code,
    evidence.join('; '),
    fix ?? '',
  ]);
}

function linesOf(check: CheckReport, { isVerbose, style }: ViewOptions): string[] {
  const { result, name, code, evidence, cause, fix } = check;
  const label = LABELS[result].padEnd(LABEL_WIDTH);
  const painted = style[PAINTS[result]](label);
  const head = `${painted} ${name.padEnd(NAME_WIDTH)}`;
  if (cause !== null) {
    const told = [
      ...evidence.map(line => ['seen', line] as const),
      ['why', cause] as const,
      ['do', fix ?? ''] as const,
    ];
    return [
      `${head} ${code}`,
      ...told.flatMap(([what, text]) => wrapped(text, { lead: `${INDENT}${what.padEnd(5)}`, width: WIDTH })),
    ];
  }
  const [first = ''] = evidence;
  const room = WIDTH - LABEL_WIDTH - NAME_WIDTH - 2;
  if (!isVerbose) return [`${head} ${cut(first, room)}`.trimEnd()];
  return [head.trimEnd(), ...evidence.flatMap(line => wrapped(line, { lead: INDENT, width: WIDTH }))];
}

function summary({ checks, durationMs, daemon }: DoctorReport, { seenFrom }: ViewOptions): string {
  const count = (result: CheckResult): number => checks.filter(check => check.result === result).length;
  const parts = [
    `${count('ok')} ok`,
    `${count('warning')} with a warning`,
    `${count('fail')} failing`,
    `${count('skipped')} skipped`,
  ];
  return `${checks.length} checks in ${(durationMs / 1000).toFixed(1)} s, daemon ${daemon}${seenFrom === 'inside' ? ', seen from inside' : ''}: ${parts.join(', ')}.`;
}
