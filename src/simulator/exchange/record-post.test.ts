import { expect, it } from 'vitest';
import { Clock } from '../clock.ts';
import { sampleRecord } from '../database/test-bench.ts';
import { RecordPost } from './record-post.ts';

const record = sampleRecord(0);

function office(speed = 1) {
  const clock = new Clock({ startsAt: 0, speed });
  const delivered: number[] = [];
  const post = new RecordPost({
    deliver: ({ callId }) => delivered.push(callId),
    after: (delayMs, work) => clock.after(delayMs, work),
  });
  return { clock, delivered, post };
}

it('delivers at once, or late by the story’s clock', () => {
  const { clock, delivered, post } = office(10);
  post.post({ record, callId: 1 }, 0);
  post.post({ record, callId: 2 }, 60);
  clock.advanceTo(5999);
  expect(delivered).toEqual([1]);
  clock.advanceTo(6000);
  expect(delivered).toEqual([1, 2]);
});

it('keeps the order when the delay is turned down', () => {
  const { clock, delivered, post } = office();
  post.post({ record, callId: 1 }, 60);
  post.post({ record, callId: 2 }, 1);
  post.post({ record, callId: 3 }, 0);
  clock.advanceTo(59_999);
  expect(delivered).toEqual([]);
  clock.advanceTo(60_000);
  expect(delivered).toEqual([1, 2, 3]);
});

it('delivers the oldest before its time when too many wait', () => {
  const { delivered, post } = office();
  for (let callId = 1; callId <= 100_002; callId++) post.post({ record, callId }, 60);
  expect(delivered).toEqual([1, 2]);
});
