import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ProgramScreen } from '../../scripts/terminal/program-screen.ts';
import { cpuSecondsOf } from '../servers/process-cost.ts';
import { LAUNCHER } from '../servers/relay.ts';

interface Opening {
  home: string;
  columns?: number;
  rows?: number;
}

const SHOWN_MS = 20_000;
/** Each frame of Ink begins so. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a frame begins
const FRAME = /\u001b\[\?2026h/g;
const UNTIL_STILL_MS = 1500;

/** What was sent in a stretch of time. */
interface Sent {
  bytes: number;
  frames: number;
  seconds: number;
  /** Of a core, in percent. */
  cpu: number;
}

/** The dashboard as an operator starts it, and what it costs. */
export class BenchScreen extends ProgramScreen {
  constructor({ home, columns = 120, rows = 40 }: Opening) {
    super({
      ...{ program: LAUNCHER, args: ['dashboard'], columns, rows },
      environment: { RELAY_HOME: home, XDG_STATE_HOME: join(home, 'xdg-state') },
    });
  }

  /** Resolves with the moment at which it is so. */
  async reach(isSo: RegExp | ((screen: this) => boolean)): Promise<number> {
    const at = await this.becomes(isSo instanceof RegExp ? ({ text }) => isSo.test(text) : isSo, SHOWN_MS);
    if (at === false) throw new Error(`This did not come within ${SHOWN_MS / 1000} s: ${isSo}\n${this.text}`);
    return at;
  }

  /** Another screen, with what it fetches when it is opened. */
  async goTo(key: string): Promise<void> {
    this.press(key);
    await wait(UNTIL_STILL_MS);
  }

  async sentWithin(ms: number): Promise<Sent> {
    const from = this.sent.length;
    const cpu = cpuSecondsOf(this.pid);
    const beganAt = performance.now();
    await wait(ms);
    const seconds = (performance.now() - beganAt) / 1000;
    const text = this.sent.slice(from);
    return {
      bytes: Buffer.byteLength(text),
      frames: text.match(FRAME)?.length ?? 0,
      seconds,
      cpu: ((cpuSecondsOf(this.pid) - cpu) / seconds) * 100,
    };
  }
}
