import { expect, it } from 'vitest';
import { clockText, localTime, spanText, timeCell } from './time.ts';

it('writes a time by the clock of this host, and none where there is none', () => {
  const time = new Date(2026, 10, 20, 15, 4, 5);
  expect(localTime(time)).toBe('2026-11-20 15:04:05');
  expect(localTime(time.getTime())).toBe('2026-11-20 15:04:05');
  expect(localTime(time.toISOString())).toBe('2026-11-20 15:04:05');
  for (const none of [null, '', 'yesterday', Number.NaN, 1e300]) {
    expect(localTime(none)).toBeNull();
    expect(timeCell(none)).toBeNull();
  }
});

it('writes spans by their two largest units', () => {
  expect([0, 12_000, 90_000, 90_061_000].map(spanText)).toEqual(['0 s', '12 s', '1 min 30 s', '1 d 1 h']);
  expect([5, 65, 3_605].map(clockText)).toEqual(['0:05', '1:05', '1:00:05']);
});
