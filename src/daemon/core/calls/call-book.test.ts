import { describe, expect, it } from 'vitest';
import type { Party } from '../../../shared/call.ts';
import type { LegFact, ListedCall } from '../call-fact.ts';
import { CallBook } from './call-book.ts';

const CALLER: Party = { number: '+442079460101', name: '', dn: '10001', kind: 'trunk' };
const QUEUE: Party = { number: '900', name: 'Sales', dn: '900', kind: 'queue' };
const WAITING: ListedCall = {
  sourceCallId: '7',
  from: CALLER,
  to: QUEUE,
  isEstablished: false,
  startedAt: 1000,
};
const RESTARTED_AT = 600_000;

/** A book as it is right after a start, with the call that waited in a queue when the log ended. */
function restarted() {
  const before = new CallBook({ newId: () => 'waiting' });
  before.learn({ source: '3cx', at: 1000, kind: 'allCalls', calls: [WAITING] });
  const book = new CallBook({ newId: () => 'another' });
  book.restore(before.open(), RESTARTED_AT);
  return book;
}

it('keeps a call that waits in a queue over a restart until the list of calls can confirm it', () => {
  const book = restarted();
  expect(book.tick(RESTARTED_AT + 3000)).toEqual([]);
  book.learn({ source: '3cx', at: RESTARTED_AT + 3000, kind: 'allCalls', calls: [WAITING] });
  expect(book.tick(RESTARTED_AT + 10_000)).toEqual([]);
  expect(book.open()).toMatchObject([{ id: 'waiting', state: 'queued', queue: '900' }]);
});

it('ends it when the list no longer has it, or when no list comes', () => {
  const listed = restarted();
  const news = listed.learn({ source: '3cx', at: RESTARTED_AT + 3000, kind: 'allCalls', calls: [] });
  expect(news).toMatchObject([{ change: 'call.ended', call: { id: 'waiting' } }]);
  const unlisted = restarted();
  expect(unlisted.tick(RESTARTED_AT + 60_000)).toMatchObject([{ change: 'call.ended' }]);
});

describe('a call of which only the list tells', () => {
  const ADA: Party = { number: '101', name: '', dn: '101', kind: 'extension' };
  const VOICEMAIL: Party = { number: '999', name: '', dn: '999', kind: 'voicemail' };
  const listed = (book: CallBook, at: number, calls: ListedCall[]) =>
    book.learn({ source: '3cx', at, kind: 'allCalls', calls });

  it('was answered when the list says so, and then it was not missed', () => {
    const book = new CallBook({ newId: () => 'listed' });
    listed(book, 1000, [{ ...WAITING, to: ADA }]);
    expect(listed(book, 4000, [{ ...WAITING, to: ADA, isEstablished: true }])).toMatchObject([
      { change: 'call.answered', call: { state: 'connected', answeredAt: new Date(4000).toISOString() } },
    ]);
    expect(listed(book, 9000, [])).toMatchObject([{ change: 'call.ended', call: { endReason: 'hangup' } }]);
  });

  it('ended when the list had it no more, not when its last phone stopped ringing', () => {
    const book = new CallBook({ newId: () => 'listed' });
    const leg = { kind: 'leg', sourceCallId: '7', legId: '1', state: 'ringing', role: 'callee' } as const;
    book.learn({ source: '3cx', at: 1000, ...leg, own: ADA, other: CALLER });
    book.learn({ source: '3cx', at: 2000, kind: 'legGone', legId: '1' });
    for (let at = 3000; at < 40_000; at += 5000) listed(book, at, [{ ...WAITING, to: VOICEMAIL }]);
    expect(listed(book, 40_000, [])).toMatchObject([
      { change: 'call.ended', call: { endedAt: new Date(40_000).toISOString(), endReason: 'missed' } },
    ]);
  });

  it('ended when it was listed last, where no list came any more', () => {
    const book = new CallBook({ newId: () => 'listed' });
    for (const at of [1000, 6000]) listed(book, at, [WAITING]);
    expect(book.tick(60_000)).toMatchObject([{ call: { endedAt: new Date(6000).toISOString() } }]);
  });
});

describe('what is known only afterwards', () => {
  const RINGING: LegFact = {
    kind: 'leg',
    sourceCallId: '7',
    legId: '1',
    state: 'ringing',
    own: { number: '101', name: '', dn: '101', kind: 'extension' },
    other: CALLER,
    role: 'callee',
  };
  const LATE = { kind: 'afterwards', sourceCallId: '7', did: '+442079460200' } as const;

  /** A call that has ended, and another that began under the same number after the source's restart. */
  function reused() {
    const book = new CallBook({ newId: (_, at) => `at-${at}` });
    book.learn({ source: '3cx', at: 1000, ...RINGING });
    book.learn({ source: '3cx', at: 2000, kind: 'restarted' });
    book.learn({ source: '3cx', at: 3000, ...RINGING });
    return book;
  }

  it('completes the ended call that is meant, not the open one that has its number by now', () => {
    const book = reused();
    const news = book.learn({ source: '3cx', at: 4000, ...LATE, callId: 'at-1000' });
    expect(news).toMatchObject([
      { change: 'call.updated', isInferred: false, call: { id: 'at-1000', state: 'ended', did: LATE.did } },
    ]);
    expect(book.find('at-1000')).toMatchObject({ did: LATE.did, endedAt: new Date(2000).toISOString() });
    expect(book.open()).toMatchObject([{ id: 'at-3000', did: null }]);
  });

  it('says nothing of a call that nobody remembers, whatever has its number now', () => {
    const book = reused();
    expect(book.learn({ source: '3cx', at: 4000, ...LATE, callId: 'long-ago' })).toEqual([]);
    expect(book.open()).toMatchObject([{ id: 'at-3000', did: null }]);
  });

  it('tells the queue and how it ended, once', () => {
    const book = reused();
    const fact = {
      ...LATE,
      source: '3cx',
      at: 4000,
      callId: 'at-1000',
      queue: '900',
      endReason: 'busy',
    } as const;
    expect(book.learn(fact)).toMatchObject([{ call: { queue: '900', endReason: 'busy' } }]);
    expect(book.learn(fact)).toEqual([]);
  });
});
