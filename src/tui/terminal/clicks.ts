import type { Dashboard } from '../dashboard.ts';
import type { Places } from '../frame.ts';
import type { Click } from './mouse.ts';

const WHEEL_LINES = 3;

/** A tab opens its screen, a line is chosen, the wheel moves. What lies over the screen is for the keyboard. */
export function clicked(
  { kind, column, line }: Click,
  { dashboard, places }: { dashboard: Dashboard; places: Places },
): void {
  if (kind !== 'press') {
    const press = { key: kind === 'wheel-up' ? 'up' : 'down', text: '' };
    const top = dashboard.layers.at(-1);
    for (let step = 0; step < WHEEL_LINES; step++) {
      if (top) top.press(press, dashboard);
      else dashboard.screen.press(press, dashboard);
    }
    return;
  }
  if (dashboard.layers.length > 0) return;
  const tab =
    line === places.tabsLine ? places.tabs.find(({ from, to }) => column >= from && column < to) : undefined;
  const screen = tab && dashboard.screens[tab.screen];
  if (screen) dashboard.go(screen);
  else if (line >= places.bodyFrom) dashboard.screen.clicked?.(line - places.bodyFrom, dashboard);
}
