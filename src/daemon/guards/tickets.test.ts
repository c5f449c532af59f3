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

describe('a ticket that opened an event stream', () => {
  const home = '192.0.2.1';
  const minutes = (count: number): number => count * 60_000;

  function opened(): { clock: SteppedClock; tickets: Tickets; ticket: string } {
    const clock = new SteppedClock();
    const tickets = new Tickets({ clock });
    const { ticket } = tickets.issue(principalWith({ keyId: 'a' }));
    tickets.redeem(ticket);
    return { clock, tickets, ticket };
  }

  it('stays good for the returns of that stream, from the same address', () => {
    const { clock, tickets, ticket } = opened();
    expect(tickets.resume(ticket, home)).toBeNull();
    const ended = tickets.keep(ticket, { keyId: 'a', address: home, end: () => {} });
    clock.step(minutes(600));
    ended();
    clock.step(minutes(5) - 1);
    expect([tickets.resume(ticket, '192.0.2.2'), tickets.resume(ticket, home)]).toEqual([null, 'a']);
    expect(tickets.redeem(ticket)).toBeNull();
    clock.step(1);
    expect(tickets.resume(ticket, home)).toBeNull();
  });

  it('has one stream: a second one ends the first, and does not end with it', () => {
    const { clock, tickets, ticket } = opened();
    let hasEnded = false;
    const end = (): void => {
      hasEnded = true;
    };
    const firstEnded = tickets.keep(ticket, { keyId: 'a', address: home, end });
    const secondEnded = tickets.keep(ticket, { keyId: 'a', address: home, end: () => {} });
    expect(hasEnded).toBe(true);
    firstEnded();
    clock.step(minutes(10));
    expect(tickets.resume(ticket, home)).toBe('a');
    secondEnded();
    clock.step(minutes(5));
    expect(tickets.resume(ticket, home)).toBeNull();
  });

  it('ends a day after it was used, however often the stream came back', () => {
    const { clock, tickets, ticket } = opened();
    for (let hour = 0; hour < 24; hour++) {
      const ended = tickets.keep(ticket, { keyId: 'a', address: home, end: () => {} });
      clock.step(minutes(60));
      expect(tickets.resume(ticket, home)).toBe('a');
      ended();
    }
    expect(tickets.resume(ticket, home)).toBeNull();
  });

  it('is good for one use only while 10,000 others are kept', () => {
    const { clock, tickets, ticket } = opened();
    const ends = Array.from({ length: 10_000 }, (_, count) =>
      tickets.keep(`other ${count}`, { keyId: 'a', address: home, end: () => {} }),
    );
    tickets.keep(ticket, { keyId: 'a', address: home, end: () => {} })();
    expect(tickets.resume(ticket, home)).toBeNull();
    for (const ended of ends) ended();
    clock.step(minutes(5));
    tickets.keep(ticket, { keyId: 'a', address: home, end: () => {} })();
    expect(tickets.resume(ticket, home)).toBe('a');
  });
});
