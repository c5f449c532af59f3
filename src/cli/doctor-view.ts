import { styleText } from 'node:util';
import type { CheckReport, CheckResult, DoctorReport } from '../shared/conditions/doctor-report.ts';

interface ViewOptions {
  /** All evidence, also of what is well. */
  isVerbose: boolean;
  mayColour: boolean;
}

const WIDTH = 80;
const LABELS: Record<CheckResult, string> = {
  ok: 'ok',
  warning: 'WARNING',
  fail: 'FAIL',
  skipped: 'skipped',
};
const COLOURS = { ok: 'green', warning: 'yellow', fail: 'red', skipped: 'gray' } as const;
const LABEL_WIDTH = 8;
const NAME_WIDTH = 15;
const INDENT = ' '.repeat(LABEL_WIDTH + 1);

/** For people: never wider than 80 columns, and never told by colour alone. */
export function humanReport(report: DoctorReport, options: ViewOptions): string {
  const lines = report.checks.flatMap(check => linesOf(check, options));
  return `${[...lines, '', ...wrapped(summary(report), '')].join('\n')}\n`;
}

/** For scripts without JSON: stable columns, no header. */
export function plainReport({ checks }: DoctorReport): string {
  return checks
    .map(({ result, name, code, evidence, fix }) =>
      [result, name, code, evidence.join('; '), fix ?? ''].map(clean).join('\t').concat('\n'),
    )
    .join('');
}

function linesOf(check: CheckReport, { isVerbose, mayColour }: ViewOptions): string[] {
  const { result, name, code, evidence, cause, fix } = check;
  const label = LABELS[result].padEnd(LABEL_WIDTH);
  // It looks itself whether stdout is a terminal and what NO_COLOR and TERM say.
  const painted = mayColour ? styleText(COLOURS[result], label, { stream: process.stdout }) : label;
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

/** What comes from elsewhere must not steer the terminal or break a line. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
