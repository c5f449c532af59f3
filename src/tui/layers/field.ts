import { clean } from '../../shared/telling/cells.ts';
import type { Press } from '../actions/press.ts';

const LENGTH_MAX = 1024;

/** One line that is written into, with a cursor. */
export class Field {
  #text: string;
  #at: number;

  constructor(text = '') {
    this.#text = text;
    this.#at = [...text].length;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#at = [...text].length;
  }

  /** What stands before the cursor, under it and after it. */
  get parts(): readonly [before: string, under: string, after: string] {
    const letters = [...this.#text];
    return [
      letters.slice(0, this.#at).join(''),
      letters[this.#at] ?? ' ',
      letters.slice(this.#at + 1).join(''),
    ];
  }

  /** False when the key means nothing to a field. */
  press({ key, text }: Press): boolean {
    const letters = [...this.#text];
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

  /** Also what is pasted: one line, and nothing that steers. */
  write(text: string): void {
    const letters = [...this.#text];
    const room = LENGTH_MAX - letters.length;
    const fresh = [...clean(text)].slice(0, Math.max(0, room)).join('');
    this.#replace(letters, { from: this.#at, to: this.#at, text: fresh });
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
