import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { ProgramScreen, type Started } from '../../scripts/terminal/program-screen.ts';

/** Unlike `expect.poll` this may also be waited for before and after the tests. */
const PATIENCE = { timeout: 12_000, interval: 20 };
const launcher = join(import.meta.dirname, '../../bin/3cx-relay');

interface Opening extends Partial<Omit<Started, 'program'>> {
  /** RELAY_HOME of the daemon. */
  home: string;
}

/** Somebody who sits at a real terminal with the dashboard on it, and sees what a terminal shows. */
export class Desktop extends ProgramScreen {
  constructor({ home, args = ['dashboard'], environment = {}, ...terminal }: Opening) {
    super({
      ...terminal,
      program: launcher,
      args,
      environment: { RELAY_HOME: home, XDG_STATE_HOME: join(home, 'xdg-state'), ...environment },
    });
  }

  async shows(text: string | RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.text).toMatch(text), PATIENCE);
  }

  async showsNot(text: string | RegExp): Promise<void> {
    await vi.waitFor(() => expect(this.text).not.toMatch(text), PATIENCE);
  }
}
