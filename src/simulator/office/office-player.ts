import type { Clock } from '../clock.ts';
import type { AgentBoard } from '../exchange/agent-board.ts';
import type { Directory } from '../exchange/directory.ts';
import type { Story } from '../stories/story.ts';
import { type Happening, office } from './office.ts';

interface OfficeParts {
  clock: Clock;
  /** How many seconds of the day pass in one second of the clock. */
  speed: number;
  directory: Directory;
  agents: AgentBoard;
  seed: number;
  play: (story: Story) => void;
}

const MS_PER_SECOND = 1000;

/** Lets one office day happen. It begins when the office first opens; a change of its pace does not begin it anew. */
export class OfficePlayer {
  readonly #parts: OfficeParts;
  readonly #day: ReturnType<typeof office>;
  #callsPerMinute = 0;
  #openedAt: number | undefined;
  #next: Happening | undefined;
  #callOff: () => void = () => {};

  constructor(parts: OfficeParts) {
    this.#parts = parts;
    const { directory, seed } = parts;
    this.#day = office({ directory, seed, callsPerMinute: () => this.#callsPerMinute });
  }

  /** From now on so many calls; the ones that go on are played to their end. 0 closes the office. */
  setPace(callsPerMinute: number): void {
    if (callsPerMinute === this.#callsPerMinute) return;
    this.#callsPerMinute = callsPerMinute;
    this.#callOff();
    // What the cast has been told of happens; a call not yet begun gives way to one at the new pace.
    if (this.#next?.kind === 'agent') this.#happen(this.#next);
    this.#next = undefined;
    if (callsPerMinute <= 0) return;
    const from = this.#elapsed();
    this.#plan(this.#day.next(from).value, from);
  }

  #plan(happening: Happening, since: number): void {
    this.#next = happening;
    const wait = happening.at - since;
    this.#callOff = this.#parts.clock.after(wait * MS_PER_SECOND, () => {
      this.#happen(happening);
      // Counted from the moment it was due, so that rounding does not add up.
      this.#plan(this.#day.next().value, Math.max(since, happening.at));
    });
  }

  #happen(happening: Happening): void {
    const { agents, play } = this.#parts;
    if (happening.kind === 'agent') agents.change(happening.dn, happening.changes);
    else play(happening.story);
  }

  /** Seconds of the day that have passed; the first time it is asked the day begins. */
  #elapsed(): number {
    const { clock, speed } = this.#parts;
    const now = clock.now();
    this.#openedAt ??= now;
    return ((now - this.#openedAt) * speed) / MS_PER_SECOND;
  }
}
