import { expect, it } from 'vitest';
import { EventTail } from './event-tail.ts';

const entry = (seq: number) => ({ type: 'call_event', seq, time: seq, source: '3cx', data: { seq } });
const shown = (tail: EventTail) => tail.all.map(({ seq, detail }) => seq ?? detail?.split(' that')[0]);

it('puts what came live behind the page before it, each once', () => {
  const tail = new EventTail();
  expect(tail.placeBefore({ epoch: 'a', head: 500 }, 300)).toBe(200);
  tail.awaitPage();
  for (const seq of [500, 501]) tail.add(entry(seq));
  tail.addPage({ epoch: 'a', entries: [499, 500].map(entry) }, 0);
  tail.add(entry(502));
  expect(shown(tail)).toEqual([499, 500, 501, 502]);
});

it('goes on where it was, and says what came while nobody listened', () => {
  const tail = new EventTail();
  tail.addPage({ epoch: 'a', entries: [entry(10)] }, 0);
  expect(tail.placeBefore({ epoch: 'a', head: 20 }, 300)).toBe(10);
  expect(tail.placeBefore({ epoch: 'a', head: 1000 }, 300)).toBe(700);
  tail.awaitPage();
  tail.addPage({ epoch: 'a', entries: [entry(701)] }, 0);
  expect(shown(tail)).toEqual([10, expect.stringMatching(/^690 entries came/), 701]);
});

it('says so as well when the page cannot be had', () => {
  const tail = new EventTail();
  tail.addPage({ epoch: 'a', entries: [entry(10)] }, 0);
  tail.awaitPage();
  tail.add(entry(13));
  tail.addPage({ epoch: 'a', entries: [] }, 0);
  expect(shown(tail)).toEqual([10, expect.stringMatching(/^2 entries came/), 13]);
});

it('begins anew with the log, and says so', () => {
  const tail = new EventTail();
  tail.addPage({ epoch: 'a', entries: [entry(10)] }, 0);
  expect(tail.placeBefore({ epoch: 'b', head: 3 }, 300)).toBe(0);
  tail.addPage({ epoch: 'b', entries: [entry(1)] }, 0);
  expect(shown(tail)).toEqual([10, expect.stringMatching(/^The log began anew/), 1]);
});

it('keeps no megabytes', () => {
  const tail = new EventTail();
  tail.add({ ...entry(1), data: { text: 'x'.repeat(5_000_000) } });
  expect(JSON.stringify(tail.all).length).toBeLessThan(5000);
  for (let seq = 2; seq < 6000; seq++) tail.add(entry(seq));
  expect([tail.all.length, tail.all.at(-1)?.seq]).toEqual([2000, 5999]);
});
