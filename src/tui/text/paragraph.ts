import { wrapped } from '../../shared/telling/cells.ts';
import type { Line } from './line.ts';
import type { Tone } from './look.ts';

/** More than anybody reads on a screen. */
const JSON_MAX_CHARS = 50_000;

/** As many lines as it takes. */
export function linesOfText(text: string, width: number, tone?: Tone): Line[] {
  return text
    .split('\n')
    .flatMap(part => wrapped(part, { lead: '', width }))
    .map(line => (tone === undefined ? [line] : [[tone, line] as const]));
}

/** `name     value`, the value as long as it is. */
type Fact = readonly [name: string, value: string | 0 | null];

export function factLines(facts: readonly Fact[], width: number): Line[] {
  const shown = facts.filter(([, value]) => value !== null && value !== 0 && value !== '');
  const nameWidth = Math.max(0, ...shown.map(([name]) => name.length)) + 2;
  return shown.flatMap(([name, value]) =>
    wrapped(value || '', { lead: ' '.repeat(nameWidth), width }).map((line, row): Line => {
      if (row > 0) return [line];
      return [['dim', name.padEnd(nameWidth)], line.slice(nameWidth)];
    }),
  );
}

/** A document as it is, a line each: for who wants to see it raw. */
export function jsonLines(value: unknown, width: number): Line[] {
  const whole = JSON.stringify(value, null, 2) ?? '';
  const text =
    whole.length > JSON_MAX_CHARS ? `${whole.slice(0, JSON_MAX_CHARS)}\n(there is more of it)` : whole;
  return text.split('\n').flatMap(line => {
    const indent = /^ */.exec(line)?.[0] ?? '';
    return wrapped(line.slice(indent.length), { lead: indent, width }).map(one => [one]);
  });
}

/** A heading with a rule behind it. */
export function titleLine(title: string, { width, rule }: { width: number; rule: string }): Line {
  return [['strong', title], ' ', ['dim', rule.repeat(Math.max(0, width - title.length - 1))]];
}
