import { cut } from '../../../shared/telling/cells.ts';
import { gapText, type LogEntry, toldOf } from '../../../shared/telling/entry-told.ts';
import { isoTime, localTime } from '../../../shared/telling/time.ts';
import { type Cell, cellText } from '../../output/answer.ts';
import type { Style } from '../../output/style.ts';

const ID_SHOWN = 6;
const WHAT_WIDTH = 16;
/** Month to second: the year is known. */
const YEAR_CHARS = 5;

/** One line, never longer than the terminal is wide; a gap may take more and cannot be overlooked. */
export function entryLine(entry: LogEntry, style: Style): string {
  const time = (localTime(entry.time ?? Date.now()) ?? '').slice(YEAR_CHARS);
  if (entry.type === 'gap') return style.bad(style.bold(`${time}  GAP  ${gapText(entry)}`));
  const { what, id, from, to, state } = toldOf(entry);
  const ends = [from, to].filter(end => end !== '').join(' → ');
  const lead = `${time}  ${what.padEnd(WHAT_WIDTH)}  `;
  const rest = [id.slice(-ID_SHOWN).padEnd(id === '' ? 0 : ID_SHOWN), ends, state].filter(
    part => part !== '',
  );
  return lead + cut(rest.join('  '), Math.max(20, style.width - lead.length));
}

/** seq, time, type, source, what, id, from, to, state. */
export function entryRow(entry: LogEntry): string {
  const { type, seq = null, time = null, source = null } = entry;
  const told = type === 'gap' ? { what: gapText(entry), id: '', from: '', to: '', state: '' } : toldOf(entry);
  const { what, id, from, to, state } = told;
  const cells: Cell[] = [seq, isoTime(time), type, source, what, id, from, to, state];
  return cells.map(cell => (cell === null || cell === '' ? '' : cellText(cell))).join('\t');
}
