import { join } from 'node:path';
import { expect } from 'vitest';
import { ProgramScreen } from '../../scripts/terminal/program-screen.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');

const TELL_END = 'echo "ended with <$?>"; stty -a';

/** A shell with job control, from which the dashboard is opened as operators open it. */
export class Shell extends ProgramScreen {
  constructor(home: string, environment: Record<string, string> = {}) {
    super({
      program: '/bin/sh',
      args: ['-i'],
      environment: {
        RELAY_HOME: home,
        XDG_STATE_HOME: join(home, 'xdg-state'),
        PS1: '$ ',
        ENV: '',
        ...environment,
      },
    });
  }

  /** Says with which code it has ended, and how the terminal was left. */
  open(args = 'dashboard', before = ''): void {
    this.type(`sh -c 'echo "its pid is $$"; exec ${before} "${launcher}" ${args}'; ${TELL_END}`);
  }

  /** What has been stopped goes on; `open` has forgotten then to say how it ended. */
  bringBack(): void {
    this.type(`clear; fg; ${TELL_END}`);
  }

  type(line: string): void {
    this.press(`${line}\r`);
  }

  /** Of the dashboard that was opened last. */
  get opened(): number {
    return Number([...this.sent.matchAll(/its pid is (\d+)/g)].at(-1)?.[1]);
  }

  /** Shells at a terminal do not end by being asked. */
  override async close(): Promise<void> {
    this.kill('SIGKILL');
    await this.end;
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.text).toMatch(text);
  }

  /** As it was before the dashboard came, with a cursor, and every key taken as shells take it. */
  async isOursAgain(code: number): Promise<void> {
    await this.shows(new RegExp(`ended with <${code}>`));
    await this.shows(/[^-]icanon/);
    expect(this.isOnAlternateScreen).toBe(false);
    expect(this.modes).toEqual({ isPasteBracketed: false, isMouseOn: false, isCursorHidden: false });
    expect(this.text).toMatch(/(?<!-)\bisig\b/);
    expect(this.text).toMatch(/(?<!-)\becho\b/);
  }
}
