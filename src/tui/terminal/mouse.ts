import { PassThrough } from 'node:stream';

export interface Click {
  kind: 'press' | 'wheel-up' | 'wheel-down';
  column: number;
  line: number;
}

export const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
export const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how terminals tell it
const REPORT = /\u001b\[<(\d+);(\d+);(\d+)([Mm])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, cut off at the end of a packet
const TORN = /\u001b\[(<[\d;]*)?$/;
const WHEEL_UP = 64;
const WHEEL_DOWN = 65;

interface Hearing {
  onClick: (click: Click) => void;
  /** The terminal is no more. */
  onGone: () => void;
}

/** The keyboard, with the mouse's reports taken out of it before anybody takes them for keys. */
export class MouseInput extends PassThrough {
  readonly isTTY = true;
  readonly #real: NodeJS.ReadStream;
  readonly #onClick: (click: Click) => void;
  #rest = '';

  constructor(real: NodeJS.ReadStream, { onClick, onGone }: Hearing) {
    super();
    this.#real = real;
    this.#onClick = onClick;
    this.setEncoding('utf8');
    real.setEncoding('utf8');
    real.on('data', (text: string) => this.#heard(text));
    real.on('end', onGone);
    // So a terminal says that it was hung up.
    real.on('error', onGone);
  }

  setRawMode(isRaw: boolean): this {
    this.#real.setRawMode(isRaw);
    return this;
  }

  ref(): this {
    this.#real.ref();
    return this;
  }

  unref(): this {
    this.#real.unref();
    return this;
  }

  #heard(packet: string): void {
    const keys = (this.#rest + packet).replaceAll(REPORT, (_, button, column, line, end) => {
      const kind = { [WHEEL_UP]: 'wheel-up', [WHEEL_DOWN]: 'wheel-down', 0: 'press' }[Number(button)];
      if (kind !== undefined && end === 'M')
        this.#onClick({ kind: kind as Click['kind'], column: Number(column) - 1, line: Number(line) - 1 });
      return '';
    });
    this.#rest = TORN.exec(keys)?.[0] ?? '';
    const rest = this.#rest === '' ? keys : keys.slice(0, -this.#rest.length);
    if (rest !== '') this.write(rest);
  }
}
