import { stripVTControlCharacters } from 'node:util';

/**
 * Stands in the bundle where yargs and cliui ask `string-width`, whose segmenter and emoji patterns cost every start of
 * the CLI 50 ms; help texts are plain letters.
 */
export default function textWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}
