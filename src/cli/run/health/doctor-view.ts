import type { CheckReport, CheckResult, DoctorReport } from '../../../shared/conditions/doctor-report.ts';
import { clean } from '../../output/answer.ts';
import type { Style } from '../../output/style.ts';

interface ViewOptions {
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
  return `${[...lines, '', ...wrapped(summary(report), '')].join('\n')}\n`;
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
      ...told.flatMap(([what, text]) => wrapped(text, `${INDENT}${what.padEnd(5)}`)),
    ];
  }
  const [first = ''] = evidence;
  const room = WIDTH - LABEL_WIDTH - NAME_WIDTH - 2;
  const shown = clean(first);
  if (!isVerbose)
    return [`${head} ${shown.length > room ? `${shown.slice(0, room - 1)}…` : shown}`.trimEnd()];
  return [head.trimEnd(), ...evidence.flatMap(line => wrapped(line, INDENT))];
}

function summary({ checks, durationMs, daemon }: DoctorReport): string {
  const count = (result: CheckResult): number => checks.filter(check => check.result === result).length;
  const parts = [
    `${count('ok')} ok`,
    `${count('warning')} with a warning`,
    `${count('fail')} failing`,
    `${count('skipped')} skipped`,
  ];
  return `${checks.length} checks in ${(durationMs / 1000).toFixed(1)} s, daemon ${daemon}: ${parts.join(', ')}.`;
}

/** The first line begins with the lead, all others below it. A word that fits nowhere is cut. */
function wrapped(text: string, lead: string): string[] {
  const room = WIDTH - lead.length;
  const pieces = clean(text)
    .split(' ')
    .flatMap(word => word.match(new RegExp(`.{1,${room}}`, 'gu')) ?? []);
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    if (line !== '' && line.length + 1 + piece.length > room) {
      lines.push(line);
      line = piece;
    } else line = line === '' ? piece : `${line} ${piece}`;
  }
  lines.push(line);
  return lines.map((one, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + one);
}
