import { render } from 'ink';
import type { ControlClient } from '../shared/control/control-client.ts';
import { actionsEverywhere } from './actions/everywhere.ts';
import { tryActions } from './actions/try-it.ts';
import { allScreens } from './all-screens.ts';
import { App } from './app.tsx';
import type { TerminalDoor } from './dashboard.ts';
import { Desk } from './desk.ts';
import type { Places } from './frame.ts';
import { type DashboardOptions, LiveDashboard } from './live-dashboard.ts';
import { clicked } from './terminal/clicks.ts';
import { JoinedWrites } from './terminal/join-writes.ts';
import { MOUSE_OFF, MOUSE_ON, MouseInput } from './terminal/mouse.ts';
import { lookOf } from './text/look.ts';

interface Opening extends Pick<DashboardOptions, 'isReadonly' | 'showsNumbers'> {
  /** A client of its own for each connection. */
  connect: () => ControlClient;
  /** False when the operator wants none. */
  color: boolean;
  ascii: boolean;
  /** What an operator may want to copy and try. */
  toTry?: string;
}

/** Never lowered to save bytes: what comes from the daemon is gathered before, and keys want their frames. */
const FPS_MAX = 30;
const CLEAR = '\u001b[2J\u001b[H';
/** Ages and the seconds until the next try. */
const TICK_MS = 1000;

/** The dashboard, on a terminal, until the operator leaves it. Throws what ends it before. */
export async function openDashboard(opening: Opening): Promise<void> {
  const stop = new AbortController();
  const ended = Promise.withResolvers<void>();
  const stdout = new JoinedWrites(process.stdout);
  let places: Places = { tabs: [], tabsLine: 1, bodyFrom: 0 };
  const screens = allScreens();
  const door: TerminalDoor = {
    write: bytes => void process.stdout.write(bytes),
    redraw: () => {
      app.clear();
      process.stdout.write(CLEAR);
      app.rerender(<App dashboard={dashboard} onDrawn={drawn => (places = drawn)} />);
    },
    suspend: () => suspended(),
    setMouse: isOn => void process.stdout.write(isOn ? MOUSE_ON : MOUSE_OFF),
    quit: error => (error === undefined ? ended.resolve() : ended.reject(error)),
  };
  const actions = [...tryActions(opening.toTry), ...actionsEverywhere(screens)];
  const dashboard = new LiveDashboard({
    ...opening,
    desk: new Desk(opening.connect),
    look: lookOf(process.env, opening),
    screens,
    actions,
    terminal: door,
  });
  const stdin = new MouseInput(process.stdin, click => clicked(click, { dashboard, places }));
  const app = render(<App dashboard={dashboard} onDrawn={drawn => (places = drawn)} />, {
    // Streams of ours that do what Ink asks of a terminal's.
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    ...{ alternateScreen: true, incrementalRendering: true, patchConsole: false, exitOnCtrlC: false },
    ...{ interactive: true, maxFps: FPS_MAX },
  });
  const tick = setInterval(() => dashboard.publisher.soon(), TICK_MS);
  const leave = leaveOnSignals(() => ended.resolve());
  try {
    void dashboard.run(stop.signal);
    await Promise.race([ended.promise, app.waitUntilExit()]);
  } finally {
    clearInterval(tick);
    leave();
    stop.abort();
    dashboard.publisher.stop();
    if (dashboard.isMouseOn) door.setMouse(false);
    app.unmount();
    stdout.flush();
  }
}

/** The terminal is its owner's, also when we are told to go. */
function leaveOnSignals(end: () => void): () => void {
  const codes = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;
  const quits = Object.entries(codes).map(([name, code]) => {
    const told = (): void => {
      process.exitCode = code;
      end();
    };
    process.on(name, told);
    return () => process.off(name, told);
  });
  return () => {
    for (const quit of quits) quit();
  };
}

function suspended(): void {
  process.kill(process.pid, 'SIGTSTP');
}
