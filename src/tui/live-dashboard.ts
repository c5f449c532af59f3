import type { WhoTold } from '../shared/control-api/told.ts';
import type { Action, Dashboard, Layer, Notice, Screen, TerminalDoor } from './dashboard.ts';
import type { Desk } from './desk.ts';
import { Board, type Data } from './store/board.ts';
import { Link } from './store/link.ts';
import { Publisher } from './store/publisher.ts';
import { complaintOf } from './text/complaint.ts';
import type { Look, Tone } from './text/look.ts';

export interface DashboardOptions {
  desk: Desk;
  look: Look;
  screens: readonly Screen[];
  /** What can be done on every screen. */
  actions: readonly Action[];
  isReadonly: boolean;
  showsNumbers: boolean;
  terminal: TerminalDoor;
}

interface Frozen {
  data: Data;
  since: number;
}

const NOTICE_MS = 6000;
const WHO_AGAIN_MS = 3000;

/** All that the operator sees and does, outside of what draws it. */
export class LiveDashboard implements Dashboard {
  readonly desk: Desk;
  readonly look: Look;
  readonly terminal: TerminalDoor;
  readonly screens: readonly Screen[];
  readonly board: Board;
  readonly link: Link;
  readonly publisher = new Publisher();
  readonly isReadonly: boolean;
  isMouseOn = false;
  showsNumbers: boolean;
  who: WhoTold | null = null;
  readonly #options: DashboardOptions;
  #screen: Screen;
  #layers: readonly Layer[] = [];
  #notice: Notice | null = null;
  #frozen: Frozen | null = null;
  /** How often it was asked who we are: only the newest answer counts. */
  #asked = 0;
  #gathered: { version: number; data: Data } | null = null;

  constructor(options: DashboardOptions) {
    const [first] = options.screens;
    if (first === undefined) throw new Error('a dashboard needs a screen');
    this.#options = options;
    this.#screen = first;
    this.desk = options.desk;
    this.look = options.look;
    this.terminal = options.terminal;
    this.screens = options.screens;
    this.isReadonly = options.isReadonly;
    this.showsNumbers = options.showsNumbers;
    this.board = new Board(() => Date.now());
    this.link = new Link({
      desk: this.desk,
      board: this.board,
      now: () => Date.now(),
      onChange: () => this.publisher.soon(),
      onSnapshot: () => this.#began(),
      onHopeless: error => this.terminal.quit(error),
    });
  }

  get data(): Data {
    if (this.#frozen !== null) return this.#frozen.data;
    // Put together once for each frame: the keys of that frame mean what it shows.
    const version = this.publisher.version();
    if (this.#gathered?.version !== version) this.#gathered = { version, data: this.board.data() };
    return this.#gathered.data;
  }

  get now(): number {
    return this.#frozen?.since ?? Date.now();
  }

  get screen(): Screen {
    return this.#screen;
  }

  get layers(): readonly Layer[] {
    return this.#layers;
  }

  get notice(): Notice | null {
    return this.#notice !== null && this.#notice.until > Date.now() ? this.#notice : null;
  }

  get frozenSince(): number | null {
    return this.#frozen?.since ?? null;
  }

  /** Nothing may be changed: by role, by wish, or because nobody is there to do it. */
  get mayChange(): boolean {
    return !this.isReadonly && this.who?.role === 'admin';
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.link.run(signal);
  }

  go(screen: Screen): void {
    this.#screen = screen;
    this.#layers = [];
    this.#frozen = null;
    if (screen.wants !== undefined) this.link.want(screen.wants);
    screen.opened?.(this);
    this.publisher.now();
  }

  open(layer: Layer): void {
    this.#layers = [...this.#layers, layer];
    this.publisher.now();
  }

  close(layer: Layer): void {
    this.#layers = this.#layers.filter(one => one !== layer);
    this.publisher.now();
  }

  say(tone: Tone, text: string): void {
    this.#notice = { tone, text, until: Date.now() + NOTICE_MS };
    this.publisher.now();
  }

  hush(): void {
    if (this.#notice === null) return;
    this.#notice = null;
    this.publisher.now();
  }

  complain(error: unknown): void {
    this.say('bad', complaintOf(error));
  }

  freeze(): void {
    this.#frozen = this.#frozen === null ? { data: this.board.data(), since: Date.now() } : null;
    this.publisher.now();
  }

  actions(): Action[] {
    return [...this.#screen.actions, ...this.#options.actions].filter(action => this.can(action));
  }

  can(action: Action): boolean {
    if (action.changes && (!this.mayChange || this.link.state.kind !== 'live')) return false;
    return action.isPossible?.(this) ?? true;
  }

  /** The link is there, perhaps after a while, perhaps as somebody else. */
  #began(): void {
    // Until the daemon says who we are, nobody may change anything.
    if (this.link.state.kind !== 'live') this.who = null;
    void this.#askWho();
    // What the snapshot has only the newest of.
    this.#screen.opened?.(this);
  }

  async #askWho(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const who = await this.desk.who();
      if (asked === this.#asked) this.who = who;
    } catch (error) {
      if (asked !== this.#asked) return;
      this.who = null;
      // That the daemon has gone is told already, and whoever comes back asks again.
      if (this.link.state.kind !== 'live') return;
      this.complain(error);
      setTimeout(() => asked === this.#asked && void this.#askWho(), WHO_AGAIN_MS).unref();
    }
    this.publisher.now();
  }
}
