import type { HistoryRecord } from '../../../core/ports.ts';

/** One JSON document a line: JSON text holds no raw line ends, so a line is always whole. */
export function ndjsonLine(record: HistoryRecord): string {
  return `${JSON.stringify(record)}\n`;
}
