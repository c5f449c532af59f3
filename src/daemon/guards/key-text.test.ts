import fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeKey, takeApart } from './key-text.ts';

const secret = 'check secret';

it('a key is made in the written form and comes apart again', () => {
  const { text, id, secret: hex } = makeKey(secret);
  expect(text).toMatch(/^rk_[0-9a-f]{8}_[0-9a-f]{64}_[0-9a-f]{8}$/);
  expect(takeApart(text, secret)).toEqual({ id, secret: hex });
  expect(makeKey(secret).text).not.toBe(text);
});

it('a key with any one character other is refused', () => {
  const { text } = makeKey(secret);
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom(...'0123456789abcdefABCDEF_ \nx'),
      (place, character) => {
        fc.pre(text[place] !== character);
        expect(takeApart(text.slice(0, place) + character + text.slice(place + 1), secret)).toBeNull();
      },
    ),
  );
});

it('a key of another relay, cut short, longer or anything else is refused', () => {
  const { text } = makeKey(secret);
  expect(takeApart(text, 'other')).toBeNull();
  for (const bad of [
    '',
    text.slice(0, -1),
    `${text}0`,
    ` ${text}`.slice(0, text.length),
    text.toUpperCase(),
    `${text}\n`,
  ])
    expect(takeApart(bad, secret)).toBeNull();
  fc.assert(fc.property(fc.string(), any => takeApart(any, secret) === null));
});

it('made-up keys are refused in microseconds', () => {
  const { text } = makeKey('other');
  const started = performance.now();
  for (let i = 0; i < 2000; i++) takeApart(text, secret);
  const usEach = ((performance.now() - started) * 1000) / 2000;
  expect(usEach).toBeLessThan(200);
});
