import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Pacer } from './pacer.ts';

const SLICE_MS = 2;
const STEP_MS = 1;
const WORKERS = 50;
const STEPS = 4;

it('takes one slice of a turn, however much waits', async () => {
  const pacer = new Pacer(SLICE_MS);
  let steps = 0;
  for (let worker = 0; worker < WORKERS; worker++) {
    let left = STEPS;
    const work = {
      step: () => {
        const until = performance.now() + STEP_MS;
        while (performance.now() < until);
        steps += 1;
        left -= 1;
        if (left > 0) pacer.add(work);
      },
    };
    pacer.add(work);
  }
  const ofTurns: number[] = [];
  while (steps < WORKERS * STEPS) {
    const before = steps;
    await nextTurn();
    ofTurns.push(steps - before);
  }
  expect(Math.max(...ofTurns)).toBeLessThanOrEqual(SLICE_MS / STEP_MS + 1);
});

it('rests when nothing waits, and goes on when something does', async () => {
  const pacer = new Pacer(SLICE_MS);
  const done: string[] = [];
  pacer.add({ step: () => done.push('first') });
  await expect.poll(() => done).toEqual(['first']);
  const dropped = { step: () => done.push('dropped') };
  pacer.add(dropped);
  pacer.add({ step: () => done.push('second') });
  pacer.drop(dropped);
  await expect.poll(() => done).toEqual(['first', 'second']);
});
