import { clean, cut, widthOf } from '../../shared/telling/cells.ts';
import type { Press } from '../actions/press.ts';
import type { Dashboard } from '../dashboard.ts';
import type { Span } from '../text/line.ts';

const LENGTH_MAX = 1024;
const CONTROLS = /\p{Cc}/gu;
/** Of what stands after the cursor so much is seen, however much stands before it. */
const AHEAD = 8;
const DROPPED = 'Line breaks and other control characters are left out.';
const CHANGED = 'Characters that cannot be shown are left out or changed.';

/** One line that is written into, with a cursor. */
export class Field {
  #text: string;
  #at: number;
  #lost: string | null = null;
  readonly #isSecret: boolean;

  constructor(text = '', { isSecret = false } = {}) {
    this.#text = text;
    this.#at = [...text].length;
    this.#isSecret = isSecret;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#at = [...text].length;
  }

  /** Why not all that was written last stands here as it came; null when it does. */
  get lost(): string | null {
    return this.#lost;
  }

  /** What is seen before the cursor, under it and after it. */
  get parts(): readonly [before: string, under: string, after: string] {
    const letters = [...this.#text].map(letter => (this.#isSecret ? '*' : letter));
    return [
      letters.slice(0, this.#at).join(''),
      letters[this.#at] ?? ' ',
      letters.slice(this.#at + 1).join(''),
    ];
  }

  /** False when the key means nothing to a field. */
  press({ key, text }: Press): boolean {
    const letters = [...this.#text];
    this.#lost = null;
    switch (key) {
      case 'left':
        this.#at = Math.max(0, this.#at - 1);
        return true;
      case 'right':
        this.#at = Math.min(letters.length, this.#at + 1);
        return true;
      case 'home':
      case 'ctrl-a':
        this.#at = 0;
        return true;
      case 'end':
      case 'ctrl-e':
        this.#at = letters.length;
        return true;
      case 'backspace':
        if (this.#at > 0) this.#replace(letters, { from: this.#at - 1, to: this.#at, text: '' });
        return true;
      case 'delete':
        this.#replace(letters, { from: this.#at, to: this.#at + 1, text: '' });
        return true;
      case 'ctrl-u':
        this.#replace(letters, { from: 0, to: this.#at, text: '' });
        return true;
      case 'ctrl-w':
        this.#replace(letters, { from: this.#wordStart(letters), to: this.#at, text: '' });
        return true;
      default:
        if (text !== '') this.write(text);
        return text !== '';
    }
  }

  /**
   * Also what is pasted: one line, and nothing that steers. A secret is never drawn, and must stay as it is: of it only
   * what no password can hold is dropped.
   */
  write(text: string): void {
    const letters = [...this.#text];
    const room = Math.max(0, LENGTH_MAX - letters.length);
    const taken = this.#isSecret ? text.replaceAll(CONTROLS, '') : clean(text);
    const fresh = [...taken].slice(0, room);
    if ([...taken].length > room)
      this.#lost = `No more than ${LENGTH_MAX} characters fit: the rest is cut off.`;
    else if (taken === text.normalize('NFC') || taken === text) this.#lost = null;
    else this.#lost = this.#isSecret ? DROPPED : CHANGED;
    this.#replace(letters, { from: this.#at, to: this.#at, text: fresh.join('') });
  }

  #replace(letters: string[], { from, to, text }: { from: number; to: number; text: string }): void {
    letters.splice(from, to - from, ...text);
    this.#text = letters.join('');
    this.#at = from + [...text].length;
  }

  #wordStart(letters: readonly string[]): number {
    let at = this.#at;
    while (at > 0 && letters[at - 1] === ' ') at -= 1;
    while (at > 0 && letters[at - 1] !== ' ') at -= 1;
    return at;
  }
}

/** The field and its cursor, which is always in view, in this width. */
export function fieldSpans({ parts: [before, under, after] }: Field, width: number): Span[] {
  const room = Math.max(1, width - widthOf(under));
  const left = endOf(before, Math.max(1, room - Math.min(widthOf(after), AHEAD)));
  return [left, ['chosen', under], cut(after, room - widthOf(left))];
}

/** Where there is no room beside the field, the foot says what was lost. */
export function pasteInto(field: Field, text: string, dashboard: Dashboard): void {
  field.write(text.trim());
  if (field.lost !== null) dashboard.say('warn', field.lost);
}

function endOf(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let taken = '';
  for (const letter of [...text].toReversed()) {
    if (widthOf(letter + taken) > width - 1) break;
    taken = letter + taken;
  }
  return `…${taken}`;
}
