import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../test/keys/kit.ts';
import { RateLimiter, rateExceeded, rateHeaders } from './rate-limiter.ts';

function taken(limiter: RateLimiter, times: number, perMinute = 60): boolean[] {
  return Array.from({ length: times }, () => limiter.take('a', perMinute).isAllowed);
}

describe('the limiter', () => {
  it('gives a minute’s worth at once, then as it drips', () => {
    const clock = new SteppedClock();
    const limiter = new RateLimiter({ clock });
    expect(taken(limiter, 61).lastIndexOf(true)).toBe(59);
    clock.step(999);
    expect(limiter.take('a', 60).isAllowed).toBe(false);
    clock.step(1);
    expect(taken(limiter, 2)).toEqual([true, false]);
    clock.step(3_600_000);
    expect(taken(limiter, 61).filter(Boolean)).toHaveLength(60);
  });

  it('tells limit, rest and when to come again', () => {
    const limiter = new RateLimiter({ clock: new SteppedClock() });
    expect(rateHeaders(limiter.take('a', 2))).toEqual({
      'RateLimit-Limit': '2',
      'RateLimit-Remaining': '1',
      'RateLimit-Reset': '30',
    });
    limiter.take('a', 2);
    const refused = limiter.take('a', 2);
    expect(rateHeaders(refused)).toEqual({
      'RateLimit-Limit': '2',
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': '60',
      'Retry-After': '30',
    });
    expect(rateExceeded(refused)).toMatchObject({ code: 'E_RATE_LIMITED', retryAfterSeconds: 30 });
  });

  it('keeps names apart and follows a limit that changes', () => {
    const limiter = new RateLimiter({ clock: new SteppedClock() });
    expect(taken(limiter, 3, 2)).toEqual([true, true, false]);
    expect(limiter.take('b', 2).isAllowed).toBe(true);
    expect(limiter.take('b', 1).remaining).toBe(0);
  });

  it('forgets the one used longest ago when there are too many', () => {
    const limiter = new RateLimiter({ clock: new SteppedClock(), bucketsMax: 2 });
    for (const name of ['a', 'b', 'a', 'c']) limiter.take(name, 1);
    expect(limiter.take('a', 1).isAllowed).toBe(false);
    expect(limiter.take('b', 1).isAllowed).toBe(true);
  });

  it('never gives more than the limit and the drip, whatever the pattern', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.array(fc.nat(5000), { maxLength: 300 }),
        (perMinute, steps) => {
          const clock = new SteppedClock();
          const limiter = new RateLimiter({ clock });
          const allowed = steps.filter(ms => {
            clock.step(ms);
            const verdict = limiter.take('a', perMinute);
            if (!verdict.isAllowed) expect(verdict.retryAfterSeconds).toBeGreaterThan(0);
            return verdict.isAllowed;
          });
          expect(allowed.length).toBeLessThanOrEqual(
            perMinute + (clock.elapsed() / 60_000) * perMinute + 1e-6,
          );
        },
      ),
    );
  });
});
