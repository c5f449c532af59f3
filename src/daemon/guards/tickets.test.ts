import { describe, expect, it } from 'vitest';
import { principalWith, SteppedClock } from '../../../test/keys/kit.ts';
import { Tickets } from './tickets.ts';

describe('a ticket', () => {
  it('is good once, for its key', () => {
    const tickets = new Tickets({ clock: new SteppedClock() });
    const { ticket, expiresInMs } = tickets.issue(principalWith({ keyId: 'a' }));
    expect(expiresInMs).toBe(30_000);
    expect(ticket).toMatch(/^[\w-]{32}$/);
    expect([tickets.redeem(ticket), tickets.redeem(ticket), tickets.redeem('made up')]).toEqual([
      'a',
      null,
      null,
    ]);
  });

  it('ends after 30 s', () => {
    const clock = new SteppedClock();
    const tickets = new Tickets({ clock });
    const [early, late] = [tickets.issue(principalWith({})), tickets.issue(principalWith({}))];
    clock.step(29_999);
    expect(tickets.redeem(early.ticket)).not.toBeNull();
    clock.step(1);
    expect(tickets.redeem(late.ticket)).toBeNull();
  });

  it('is not given without end: 500 for one key, 10,000 in all, until some are used or over', () => {
    const clock = new SteppedClock();
    const tickets = new Tickets({ clock });
    const issue = (keyId: string) => tickets.issue(principalWith({ keyId }));
    const [first] = Array.from({ length: 500 }, () => issue('a'));
    expect(() => issue('a')).toThrow(
      expect.objectContaining({ code: 'E_RATE_LIMITED', retryAfterSeconds: 30 }),
    );
    tickets.redeem(first?.ticket ?? '');
    issue('a');
    for (let key = 0; key < 19; key++) for (let i = 0; i < 500; i++) issue(`key ${key}`);
    expect(() => issue('b')).toThrow(expect.objectContaining({ code: 'E_RATE_LIMITED' }));
    clock.step(30_000);
    expect(issue('b').ticket).not.toBe('');
    expect(issue('a').ticket).not.toBe('');
  });
});
