import { clean } from './answer.ts';

interface Wrapping {
  /** The first line begins with it, all others are indented as far. */
  lead: string;
  width: number;
}

/** As many lines as it takes. A word that fits nowhere is cut. */
export function wrapped(text: string, { lead, width }: Wrapping): string[] {
  const room = Math.max(1, width - lead.length);
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

/** One line, never longer than this. */
export function cut(text: string, width: number): string {
  const shown = clean(text);
  return shown.length > width ? `${shown.slice(0, Math.max(0, width - 1))}…` : shown;
}

/** Below each line of a table, after its header, what belongs to it. */
export function underRows(table: string, below: readonly (readonly string[])[]): string {
  const [header = '', ...rows] = table.trimEnd().split('\n');
  return `${[header, ...rows.flatMap((row, index) => [row, ...(below[index] ?? [])])].join('\n')}\n`;
}
