import { render } from 'ink';
import type { ControlClient } from '../shared/control/control-client.ts';
import { actionsEverywhere } from './actions/everywhere.ts';
import { tryActions } from './actions/try-it.ts';
import { allScreens } from './all-screens.ts';
import { App } from './app.tsx';
import { Desk } from './desk.ts';
import { type DashboardOptions, LiveDashboard } from './live-dashboard.ts';
import { clicked } from './terminal/clicks.ts';
import { endsWell } from './terminal/endings.ts';
import { Terminal } from './terminal/terminal.ts';
import { lookOf } from './text/look.ts';

interface Opening extends Pick<DashboardOptions, 'isReadonly' | 'showsNumbers'> {
  /** A client of its own for each connection; the signal ends all that it asks. */
  connect: (signal: AbortSignal) => ControlClient;
  /** False when the operator wants none. */
  color: boolean;
  ascii: boolean;
  /** What an operator may want to copy and try. */
  toTry?: string;
}

/** Never lowered to save bytes: what comes from the daemon is gathered before, and keys want their frames. */
const FPS_MAX = 30;
/** Ages and the seconds until the next try. */
const TICK_MS = 1000;

/** The dashboard, on a terminal, until the operator leaves it. Throws what ends it before. */
export async function openDashboard(opening: Opening): Promise<void> {
  const stop = new AbortController();
  const screens = allScreens();
  const terminal = new Terminal(click => clicked(click, { dashboard, places: terminal.places }));
  const dashboard = new LiveDashboard({
    ...opening,
    desk: new Desk(() => opening.connect(stop.signal)),
    look: lookOf(process.env, opening),
    screens,
    actions: [...tryActions(opening.toTry), ...actionsEverywhere(screens)],
    terminal,
  });
  const noLonger = endsWell(terminal);
  const app = render(<App dashboard={dashboard} terminal={terminal} />, {
    // Streams of ours that do what Ink asks of a terminal's.
    stdout: terminal.output as unknown as NodeJS.WriteStream,
    stdin: terminal.input as unknown as NodeJS.ReadStream,
    ...{ alternateScreen: true, incrementalRendering: true, patchConsole: false, exitOnCtrlC: false },
    ...{ interactive: true, maxFps: FPS_MAX },
  });
  terminal.drawnBy(app);
  const tick = setInterval(() => dashboard.publisher.soon(), TICK_MS);
  try {
    dashboard.run(stop.signal).catch((error: Error) => terminal.quit(error));
    await Promise.race([terminal.ended, app.waitUntilExit()]);
  } finally {
    clearInterval(tick);
    stop.abort();
    dashboard.publisher.stop();
    app.unmount();
    terminal.restore();
    noLonger();
  }
}
