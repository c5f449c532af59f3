/** A key as it was pressed: `a`, `A`, `space`, `enter`, `ctrl-l`. `text` is what it would write into a field. */
export interface Press {
  key: string;
  text: string;
}

interface InkKey {
  upArrow: boolean;
  downArrow: boolean;
  leftArrow: boolean;
  rightArrow: boolean;
  pageDown: boolean;
  pageUp: boolean;
  home: boolean;
  end: boolean;
  return: boolean;
  escape: boolean;
  ctrl: boolean;
  shift: boolean;
  tab: boolean;
  backspace: boolean;
  delete: boolean;
  meta: boolean;
}

const NAMED: readonly (readonly [flag: keyof InkKey, name: string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/** The rest of an arrow key, or of what the mouse did, whose first byte came too early over a slow line. */
const TORN = /^\[<?[0-9;]*[A-Za-z~]$/;

/** How the sequences of other keys begin. */
const BRACKET = /^[[O]$/;

/** What Ink hands over at once may be several keys: held ones, or those of one packet. */
export function pressesOf(input: string, key: InkKey): Press[] {
  if (key.tab) return [named(key.shift ? 'shift-tab' : 'tab')];
  const special = NAMED.find(([flag]) => key[flag]);
  if (special !== undefined) return [named(special[1])];
  if (key.ctrl) return [named(`ctrl-${input}`)];
  if (TORN.test(input) || (key.meta && BRACKET.test(input))) return [];
  // Over a slow line Escape and the next key come in one packet, which looks like Alt; nothing here is done by Alt.
  return [...(key.meta ? [named('escape')] : []), ...[...input].map(ofLetter)];
}

/** As Ink names them when they come alone. */
const CONTROLS: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u001b': 'escape',
};
const CONTROL_FIRST = 0x60;

function ofLetter(letter: string): Press {
  const control = CONTROLS[letter];
  if (control !== undefined) return named(control);
  if (letter < ' ') return named(`ctrl-${String.fromCharCode(CONTROL_FIRST + letter.charCodeAt(0))}`);
  return { key: letter === ' ' ? 'space' : letter, text: letter };
}

function named(key: string): Press {
  return { key, text: '' };
}
