import { expect, it } from 'vitest';
import { pressesOf } from './press.ts';

const none = {
  ...{
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageDown: false,
    pageUp: false,
  },
  ...{ home: false, end: false, return: false, escape: false, ctrl: false, shift: false, tab: false },
  ...{ backspace: false, delete: false, meta: false },
};
const keys = (input: string, flags: Partial<typeof none> = {}) =>
  pressesOf(input, { ...none, ...flags }).map(({ key }) => key);

it('takes what comes in one packet apart', () => {
  expect(keys('jjj')).toEqual(['j', 'j', 'j']);
  expect(keys('x \r')).toEqual(['x', 'space', 'enter']);
  expect(keys('q', { meta: true })).toEqual(['escape', 'q']);
  expect(keys('c', { ctrl: true })).toEqual(['ctrl-c']);
  expect(keys('', { tab: true, shift: true })).toEqual(['shift-tab']);
});

it('takes the rest of a torn sequence for nothing', () => {
  expect([keys('[B'), keys('[1;5C'), keys('[<0;10;5M'), keys('[', { meta: true })]).toEqual([[], [], [], []]);
});
