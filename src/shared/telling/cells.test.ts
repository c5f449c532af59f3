import headless from '@xterm/headless';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clean, cut, padded, widthOf, wrapped } from './cells.ts';

/** What a caller could call himself: letters of all kinds, and what steers terminals. */
const nasty = fc.constantFrom(
  ...['\u001b[2J', '\u001b]0;x\u0007', '\u001b[31m', '\u009b5A', '\r\n', '\t', '\u202e', '\u2066', '\u200b'],
  ...['\ufeff', '\u00ad', '\ud800', '\udc00', 'a\u0300\u0301\u0302\u0303\u0304', '\u{1f469}\u200d\u{1f467}'],
  ...['\u{1f1e9}\u{1f1ea}', '\u2764\ufe0f', '漢字', 'ｶﾀｶﾅ', '\u3000', '\u{e0041}', '\u2028', '\u1100\u1161'],
);
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.string({ unit: 'binary' }) }, nasty, fc.string()))
  .map(parts => parts.join(''));
const width = fc.integer({ min: 0, max: 300 });

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const STEERS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\p{Cs}/u;

it('leaves nothing that steers a terminal, and cleans what is clean into itself', () => {
  fc.assert(
    fc.property(text, one => {
      expect(clean(one)).not.toMatch(STEERS);
      expect(clean(clean(one))).toBe(clean(one));
    }),
  );
});

it('cuts to the width and leaves alone what fits', () => {
  fc.assert(
    fc.property(text, width, (one, room) => {
      const shown = cut(one, room);
      expect(widthOf(shown)).toBeLessThanOrEqual(room);
      if (one.length < 1000 && widthOf(clean(one)) <= room) expect(shown).toBe(clean(one));
      expect(cut(shown, room)).toBe(shown);
      if (room > 0) expect(widthOf(padded(shown, room))).toBe(room);
    }),
  );
});

it('wraps into lines of the width, and loses nothing but spaces', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 200 }), (one, room) => {
      const lines = wrapped(one, { lead: '', width: room });
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(room);
      expect(lines.join('').replaceAll(' ', '')).toBe(clean(one).replaceAll(' ', ''));
    }),
  );
  for (const line of wrapped('one two three', { lead: 'why  ', width: 10 }))
    expect(line).toMatch(/^(why {2}|\s{5})\S/);
});

it('is never narrower than a terminal thinks', async () => {
  const columns = 200;
  const terminal = new headless.Terminal({ cols: columns, rows: 3, allowProposedApi: true });
  await fc.assert(
    fc.asyncProperty(text, async one => {
      const shown = cut(one, columns - 1);
      await new Promise<void>(done => terminal.write(`\u001b[2J\u001b[H${shown}`, done));
      const { cursorX, cursorY } = terminal.buffer.active;
      expect(cursorY).toBe(0);
      expect(cursorX).toBeLessThanOrEqual(widthOf(shown));
    }),
  );
  terminal.dispose();
});

it('is that also for every single letter there is', async () => {
  const columns = 400;
  const terminal = new headless.Terminal({ cols: columns, rows: 3, allowProposedApi: true });
  for (let first = 0x20; first < 0x30000; first += 128) {
    const letters = Array.from({ length: 128 }, (_, place) => String.fromCodePoint(first + place)).map(clean);
    const shown = letters.map(letter => `a${letter}`).join('');
    const cleaned = clean(shown);
    await new Promise<void>(done => terminal.write(`\u001b[2J\u001b[H${cleaned}`, done));
    const { cursorX, cursorY } = terminal.buffer.active;
    expect([first.toString(16), cursorY, cursorX <= widthOf(cleaned)]).toEqual([first.toString(16), 0, true]);
  }
  terminal.dispose();
}, 60_000);

it('counts wide letters as two columns and marks as none', () => {
  expect(widthOf(clean('Müller'))).toBe(6);
  expect(widthOf(clean('Mu\u0308ller'))).toBe(6);
  expect(widthOf('漢字')).toBe(4);
  expect(widthOf(clean('\u{1f600}'))).toBe(2);
  expect(widthOf('ไทย')).toBe(3);
  expect(cut('漢字漢字', 5)).toBe('漢字…');
  expect(cut('漢字漢字', 4, '~')).toBe('漢~');
});

it('takes no longer for a name of megabytes than for a line', () => {
  const huge = '\u{1f600}\u0300漢'.repeat(500_000);
  const started = performance.now();
  for (let row = 0; row < 60; row++) cut(huge, 120);
  expect(performance.now() - started).toBeLessThan(500);
});
