import type { AgentState } from '../exchange/agent-board.ts';
import type { Directory, Group } from '../exchange/directory.ts';
import type { Random } from '../random.ts';

const DRAWS_MAX = 24;

/**
 * Who of the staff is free. It plans ahead of the exchange: a story is written before it is played, so the cast is
 * booked for as long as the story lasts. That makes the day a pure matter of the seed.
 */
export class Cast {
  readonly directory: Directory;
  readonly #random: Random;
  readonly #busyUntil = new Map<string, number>();
  readonly #loggedOut = new Set<string>();

  constructor(directory: Directory, random: Random) {
    this.directory = directory;
    this.#random = random;
  }

  /** Somebody with a free phone, or undefined when a number of draws found nobody. */
  anybody(at: number, except: string[] = []): string | undefined {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const dn = this.#random.pick(this.directory.extensions)?.number;
      if (dn !== undefined && !except.includes(dn) && this.#isFree(dn, at)) return dn;
    }
    return undefined;
  }

  freeMembers(group: Group, at: number): string[] {
    const free = group.members.filter(dn => this.#isFree(dn, at));
    return group.kind === 'queue' ? free.filter(dn => !this.#loggedOut.has(dn)) : free;
  }

  book(dns: string[], until: number): void {
    for (const dn of dns) this.#busyUntil.set(dn, until);
  }

  noteAgent(dn: string, queueStatus: AgentState['queueStatus']): void {
    if (queueStatus === 'LoggedOut') this.#loggedOut.add(dn);
    else this.#loggedOut.delete(dn);
  }

  isLoggedOut(dn: string): boolean {
    return this.#loggedOut.has(dn);
  }

  #isFree(dn: string, at: number): boolean {
    return (this.#busyUntil.get(dn) ?? 0) <= at;
  }
}
