import type { LogLineTold } from '../../../shared/control-api/told.ts';
import { clean } from '../../../shared/telling/cells.ts';
import { localTime } from '../../../shared/telling/time.ts';
import { withoutLogNumbers } from '../../../shared/telling/without-numbers.ts';
import type { Common } from '../../command.ts';
import { type Style, styleFor } from '../../output/style.ts';

/** Also what beats and ends: those alone have a type. */
export type LogLine = LogLineTold & { type?: string };

type Print = (line: LogLine) => string;

const LEVEL_WIDTH = 5;
/** How a line is told in the form that was asked for. */
export function printerFor(given: Common): Print {
  const seen: Print = given.json ? asJson : given.plain ? asRow : asText(styleFor(given));
  return given['show-numbers'] ? seen : line => seen(withoutLogNumbers(line));
}

function asJson(line: LogLine): string {
  return `${JSON.stringify(line)}\n`;
}

function asRow({ time, level, part, message, fields }: LogLine): string {
  return `${[time, level, part, message, JSON.stringify(fields)].map(clean).join('\t')}\n`;
}

function asText(style: Style): Print {
  return ({ time, level, part, message, fields }) => {
    const at = localTime(time) ?? '-';
    const said = Object.entries(fields).map(([name, value]) => `${name}=${wordOf(value)}`);
    const tail = said.length === 0 ? '' : `  ${style.dim(clean(said.join(' ')))}`;
    return `${style.dim(at)} ${levelText(level, style)} ${clean(part)}: ${clean(message)}${tail}\n`;
  };
}

function levelText(level: LogLine['level'], style: Style): string {
  const text = level.padEnd(LEVEL_WIDTH);
  if (level === 'fatal' || level === 'error') return style.bad(text);
  return level === 'warn' ? style.warn(text) : text;
}

function wordOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  return /^[^\s"]+$/.test(value) ? value : JSON.stringify(value);
}
