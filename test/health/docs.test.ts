import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONDITIONS, type ConditionCode, conditionOf } from '../../src/shared/conditions/condition-table.ts';

/** The table in the manual is made from the one in the program: `UPDATE_DOCS=1 vitest run test/health/docs.test.ts`. */
const FILE = join(import.meta.dirname, '../../docs/operations.md');
const BEGIN = '<!-- conditions -->';
const END = '<!-- end of conditions -->';

function duration(ms: number): string {
  if (ms >= 3_600_000) return `${ms / 3_600_000} h`;
  return ms >= 60_000 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

function row(code: ConditionCode): string {
  const { severity, what, cause, fix, afterMs, staysMs, hiddenBy } = conditionOf(code);
  const shown = [
    afterMs > 0 ? `after ${duration(afterMs)}` : 'at once',
    ...(staysMs === undefined ? [] : [`for ${duration(staysMs)}`]),
  ].join(', ');
  const hidden = hiddenBy.length === 0 ? '' : hiddenBy.map(other => `\`${other}\``).join(', ');
  return `| \`${code}\` | ${severity} | ${what} | ${cause} | ${fix.replaceAll('|', '\\|')} | ${shown} | ${hidden} |`;
}

it('docs/operations.md has every condition as it stands in the program', () => {
  const table = [
    '| Code | Severity | What | Cause | Fix | Shown | Hidden by |',
    '|---|---|---|---|---|---|---|',
    ...(Object.keys(CONDITIONS) as ConditionCode[]).map(row),
  ].join('\n');
  const text = readFileSync(FILE, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const wanted = `${before}${BEGIN}\n${table}\n${END}${after}`;
  if (process.env['UPDATE_DOCS']) writeFileSync(FILE, wanted);
  else expect(text).toBe(wanted);
});
