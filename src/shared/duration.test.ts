import { expect, it } from 'vitest';
import { parseDurationMs } from './duration.ts';

it.each([
  ['30s', 30_000],
  ['15m', 900_000],
  ['72h', 259_200_000],
  [' 90 d ', 7_776_000_000],
  ['2w', 1_209_600_000],
  ['0s', 0],
])('%s is a duration', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

it.each(['', '72', 'h', '1.5h', '-1h', '1y', '1H', '1h30m', '1234567s', 'toString', '1toString'])(
  '"%s" is none',
  text => expect(parseDurationMs(text)).toBeNull(),
);
