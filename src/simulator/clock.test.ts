import { afterEach, expect, it, vi } from 'vitest';
import { Clock } from './clock.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

afterEach(() => {
  vi.useRealTimers();
});

it('waits longer than one timer can, and sets few of them', () => {
  vi.useFakeTimers();
  const set = vi.spyOn(globalThis, 'setTimeout');
  const clock = new Clock({ startsAt: Date.now(), speed: 0.5 });
  clock.follow();
  const work = vi.fn();
  clock.after(LONGEST_TIMER_MS, work);
  vi.advanceTimersByTime(LONGEST_TIMER_MS * 2 - 1);
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledOnce();
  expect(set.mock.calls.map(([, delay]) => delay)).toEqual([LONGEST_TIMER_MS, LONGEST_TIMER_MS]);
  clock.stop();
});
