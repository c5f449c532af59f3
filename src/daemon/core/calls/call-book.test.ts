import { expect, it } from 'vitest';
import type { Party } from '../../../shared/call.ts';
import type { ListedCall } from '../call-fact.ts';
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
