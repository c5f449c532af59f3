import type { Press } from '../actions/press.ts';
import type { Dashboard, Hint, Layer } from '../dashboard.ts';
import { copied } from '../terminal/clipboard.ts';
import type { Area, Line } from '../text/line.ts';
import { linesOfText } from '../text/paragraph.ts';
import { Field, fieldSpans } from './field.ts';

interface Secret {
  name: string;
  says: string;
  secret: string;
}

const WORD = 'stored';

/** A key or a password that nobody can be shown again: it is left only by who says that it is kept. */
export class ShownOnce implements Layer {
  readonly name: string;
  readonly place = 'body';
  readonly #about: Secret;
  readonly #field = new Field();
  #isCopied = false;

  constructor(about: Secret) {
    this.name = about.name;
    this.#about = about;
  }

  hints(): readonly Hint[] {
    return [
      ['ctrl-y', 'copy'],
      ['enter', 'leave'],
    ];
  }

  lines({ width }: Area): readonly Line[] {
    const { says, secret } = this.#about;
    return [
      ...linesOfText(says, width),
      [],
      // In pieces of the width, without anything between: so it can be marked and copied by hand.
      ...piecesOf(secret, width).map((piece): Line => [['strong', piece]]),
      [],
      ...linesOfText(
        this.#isCopied
          ? "It is in your terminal's clipboard, if that takes it: clear it when you are done."
          : "Ctrl-Y copies it into your own terminal's clipboard. Other programs there can read that.",
        width,
        this.#isCopied ? 'warn' : 'dim',
      ),
      ['Type ', ['strong', WORD], ' and press Enter to leave:'],
      [['accent', '> '], ...fieldSpans(this.#field, width - 2)],
    ];
  }

  press(press: Press, dashboard: Dashboard): void {
    if (press.key === 'ctrl-y') {
      dashboard.terminal.write(copied(this.#about.secret));
      this.#isCopied = true;
    } else if (press.key === 'enter') {
      if (this.#field.text.trim().toLowerCase() === WORD) return dashboard.close(this);
      return dashboard.say('warn', `It is shown only here. Type ${WORD} when you have it.`);
    } else if (press.key === 'escape') dashboard.say('warn', `It is shown only here. Type ${WORD} to leave.`);
    else this.#field.press(press);
    dashboard.publisher.now();
  }
}

function piecesOf(text: string, width: number): string[] {
  return text.match(new RegExp(`.{1,${Math.max(1, width)}}`, 'gu')) ?? [];
}
