import { describe, expect, it } from 'vitest';
import { CallBook, type CallNews } from '../../src/daemon/core/calls/call-book.ts';
import { STORIES } from '../../src/simulator/stories/index.ts';
import type { Story } from '../../src/simulator/stories/story.ts';
import { STORY_START_MS } from '../../src/simulator/stories/telling.ts';
import { retell } from './retelling.ts';

// What the relay makes of each story of the simulator, as a page that a person can read: every `call` entry in order,
// and each call as it was at its end. Once with live frames alone, once with the list of active calls besides.
function page(story: Story, isListed: boolean): string {
  let calls = 0;
  const book = new CallBook({ newId: () => `call-${++calls}` });
  const lines: string[] = [];
  const ends: string[] = [];
  const note = (at: number, news: CallNews[]): void => {
    for (const { change, call, isInferred } of news) {
      const { from, to, legs, direction, state, id } = call;
      const parties = `${shown(from)} > ${to ? shown(to) : '-'}`;
      const phones = legs.map(leg => `${leg.dn} ${leg.state}`).join(', ');
      lines.push(
        `${seconds(at)}  ${change.padEnd(16)}  ${id}  ${direction} ${state}  ${parties}  [${phones}]${isInferred ? '  inferred' : ''}`,
      );
      if (change === 'call.ended') ends.push(JSON.stringify(call, null, 2));
    }
  };
  retell(book, story, { isListed, note });
  expect(book.open()).toEqual([]);
  return [`${story.name}: ${story.title}`, lines.join('\n'), ends.join('\n'), ''].join('\n\n');
}

function shown({ dn, number }: { dn: string; number: string }): string {
  return dn === number ? dn : `${dn} ${number}`;
}

function seconds(at: number): string {
  return ((at - STORY_START_MS) / 1000).toFixed(3).padStart(9);
}

describe.each(STORIES)('the relay makes of $name', story => {
  it('what its page says, from live frames alone', async () => {
    await expect(page(story, false)).toMatchFileSnapshot(`expected/${story.name}.txt`);
  });

  it('what its page says, with the list of active calls besides', async () => {
    await expect(page(story, true)).toMatchFileSnapshot(`expected-listed/${story.name}.txt`);
  });
});
