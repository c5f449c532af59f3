import type { ConditionTold } from '../../shared/control-api/told.ts';
import { wrapped } from '../../shared/telling/cells.ts';
import type { Dashboard } from '../dashboard.ts';
import { spanOf } from '../text/ago.ts';
import type { Area, Line } from '../text/line.ts';
import type { Tone } from '../text/look.ts';
import { severityTone } from '../text/tones.ts';

const SEVERITY_WIDTH = 9;
/** Of the worst, before the others are named: what it is, and what to do. */
const FIRST_LINES_MIN = 4;

export function conditionsHead({ data, link }: Dashboard): string {
  const { length } = data.conditions;
  if (!link.hasHeard) return 'How it is';
  return length === 0 ? 'Nothing is wrong' : `Wrong now: ${length}`;
}

/** Everything that is wrong, the worst first, with what to do: whole as long as there is room, then by name. */
export function conditionLines({ data, now, link, look }: Dashboard, { width, height }: Area): Line[] {
  const { conditions } = data;
  if (!link.hasHeard) return [[['dim', ' Waiting for the daemon.']]];
  if (conditions.length === 0)
    return [
      [['good', ` ${look.glyphs.up} `], 'All connections that are set up work, and nothing needs you.'],
    ];
  const blocks = conditions.map(one => blockOf(one, { width, now }));
  const all = blocks.flat();
  if (all.length <= height) return all;
  const heads = conditions.slice(1).map(headOf);
  const [first = []] = blocks;
  const room = Math.max(1, height - 1);
  const begin = begun(
    first,
    Math.min(room, Math.max(FIRST_LINES_MIN, room - heads.length)),
    look.glyphs.ellipsis,
  );
  const named = heads.slice(0, room - begin.length);
  const left = heads.length - named.length;
  const more = left === 0 ? '' : `${left} more. `;
  return [...begin, ...named, [['dim', ` ${more}Enter shows all of it, with cause and fix`]]];
}

/** So many lines of it, and that there are more. */
function begun(block: readonly Line[], lines: number, ellipsis: string): Line[] {
  if (block.length <= lines) return [...block];
  const [last = []] = block.slice(lines - 1, lines);
  return [...block.slice(0, lines - 1), [...last, ` ${ellipsis}`]];
}

/** Whether it is worth more room than what can be had elsewhere. */
export function isSerious({ data }: Dashboard): boolean {
  return data.conditions.some(({ severity }) => severity === 'critical' || severity === 'error');
}

function headOf({ severity, what }: ConditionTold): Line {
  return [
    [severityTone(severity), ` ${severity.padEnd(SEVERITY_WIDTH)}`],
    ['strong', what],
  ];
}

function blockOf(condition: ConditionTold, { width, now }: { width: number; now: number }): Line[] {
  const { code, severity, since, what, detail, cause, fix } = condition;
  const part = (lead: string, text: string, tones: { lead: Tone; text?: Tone }): Line[] =>
    wrapped(text, { lead, width: width - 1 }).map((line, row): Line => {
      const rest = line.slice(lead.length);
      return [
        [tones.lead, row === 0 ? lead : ' '.repeat(lead.length)],
        tones.text === undefined ? rest : [tones.text, rest],
      ];
    });
  return [
    ...part(` ${severity.padEnd(SEVERITY_WIDTH)}`, what, { lead: severityTone(severity), text: 'strong' }),
    ...part('    do     ', fix, { lead: 'dim' }),
    ...(detail === '' ? [] : part('    seen   ', detail, { lead: 'dim' })),
    ...part('    cause  ', cause, { lead: 'dim' }),
    ...part('    code   ', `${code}, for ${spanOf(now - since)}`, { lead: 'dim', text: 'dim' }),
  ];
}
