import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../src/shared/telling/cells.ts';

/**
 * Stands in the bundle where Ink asks `string-width`: so Ink and the dashboard never differ about a letter, and the
 * patterns for emoji, 30 ms of each start, are not needed.
 */
export default function drawnWidth(text: string): number {
  return widthOf(text.includes('\u001b') ? stripVTControlCharacters(text) : text);
}
