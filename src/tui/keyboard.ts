import type { Press } from './actions/press.ts';
import type { Dashboard } from './dashboard.ts';
import { Confirm } from './layers/confirm.ts';

/** Every key goes to the top layer; without one, to what can be done here, and then to the screen itself. */
export function heard(press: Press, dashboard: Dashboard): void {
  const { key } = press;
  dashboard.hush();
  if (key === 'ctrl-l') return dashboard.terminal.redraw();
  if (key === 'ctrl-z') return dashboard.terminal.suspend();
  if (key === 'ctrl-c') return interrupted(dashboard);
  const top = dashboard.layers.at(-1);
  if (top !== undefined) return top.press(press, dashboard);
  if (key === 'tab' || key === 'shift-tab') return toNext(key === 'tab' ? 1 : -1, dashboard);
  const action = dashboard.actions().find(one => one.key === key);
  if (action === undefined) dashboard.screen.press(press, dashboard);
  else action.run(dashboard);
}

/** What is pasted goes into fields and nowhere else: it could be commands. */
export function pasted(text: string, dashboard: Dashboard): void {
  const top = dashboard.layers.at(-1);
  if (top?.paste) top.paste(text, dashboard);
  else dashboard.say('dim', 'Pasted text is only taken where something is being written.');
}

/** Asked by Ctrl-C where there is nothing to close; Ctrl-C once more means it. */
class Leaving extends Confirm {
  constructor({ terminal }: Dashboard) {
    super({
      name: 'quit',
      says: 'Leave the dashboard? The relay goes on. Ctrl-C again leaves as well.',
      onYes: () => terminal.quit(),
    });
  }
}

/** Escape by another name: each layer knows best what must not be lost. */
function interrupted(dashboard: Dashboard): void {
  const top = dashboard.layers.at(-1);
  if (top === undefined) dashboard.open(new Leaving(dashboard));
  else if (top instanceof Leaving) dashboard.terminal.quit();
  else top.press({ key: 'escape', text: '' }, dashboard);
}

function toNext(step: number, dashboard: Dashboard): void {
  const { screens, screen } = dashboard;
  const next = screens[(screens.indexOf(screen) + step + screens.length) % screens.length];
  if (next !== undefined) dashboard.go(next);
}
