import { Clock } from './clock.ts';
import type { Action } from './exchange/actions/action.ts';
import { perform } from './exchange/actions/perform.ts';
import { AgentBoard } from './exchange/agent-board.ts';
import { CallLog, type LoggedRecord } from './exchange/call-log.ts';
import { buildDirectory, type Directory } from './exchange/directory.ts';
import { Switchboard } from './exchange/switchboard.ts';
import { KnobBoard } from './knobs.ts';
import { office } from './office/office.ts';
import type { Options } from './options.ts';
import { play } from './stories/player.ts';
import type { Story } from './stories/story.ts';

type RecordListener = (entry: LoggedRecord) => void;

const MS_PER_SECOND = 1000;

/** The phone system itself, without any wire: people, calls, records, and whoever makes them happen. */
export class Pbx {
  readonly clock: Clock;
  readonly knobs: KnobBoard;
  readonly directory: Directory;
  readonly switchboard: Switchboard;
  readonly agents: AgentBoard;
  readonly callLog = new CallLog();
  readonly #options: Options;
  readonly #recordListeners = new Set<RecordListener>();
  readonly #delayed = new Set<NodeJS.Timeout>();
  #played = 0;
  #actions = 0;
  #endOffice: () => void = () => {};

  constructor(options: Options) {
    this.#options = options;
    this.clock = new Clock({ startsAt: Date.now(), speed: options.speed });
    this.knobs = new KnobBoard(options.knobs);
    const { extensions, queues, clientId } = options;
    this.directory = buildDirectory({ extensions, queues, routePoint: clientId });
    this.switchboard = new Switchboard(this.directory, () => this.clock.now());
    this.agents = new AgentBoard(this.directory, () => this.clock.now());
    this.switchboard.onOccurrence(occurrence => {
      if (occurrence.kind === 'recordClosed') this.#deliver(occurrence);
    });
  }

  get actions(): number {
    return this.#actions;
  }

  /** Called when a record appears, which may be some time after its segment ended. */
  onRecord(listener: RecordListener): void {
    this.#recordListeners.add(listener);
  }

  readonly perform = (action: Action): boolean => {
    this.#actions += 1;
    if (action.do !== 'join') return perform(this.switchboard, action);
    return perform(this.switchboard, { survivor: this.knobs.current.joinSurvivor, ...action });
  };

  /** Resolves with the prefix of the story's calls when its last step has been played. */
  async play(story: Story): Promise<string> {
    this.#played += 1;
    const prefix = `${story.name}-${this.#played}/`;
    play({ clock: this.clock, perform: this.perform, story, prefix });
    const lastAt = Math.max(0, ...story.steps.map(step => step.at));
    await new Promise<void>(resolve => {
      this.clock.after(lastAt * MS_PER_SECOND, resolve);
    });
    return prefix;
  }

  start(): void {
    this.clock.follow();
    this.openOffice(this.#options.callsPerMinute);
  }

  stop(): void {
    this.clock.stop();
    for (const timer of this.#delayed) clearTimeout(timer);
  }

  /** From now on the office makes so many calls a minute; the ones that go on are played to their end. */
  openOffice(callsPerMinute: number): void {
    this.#endOffice();
    if (callsPerMinute <= 0) return;
    const day = office({
      directory: this.directory,
      seed: this.#options.seed,
      callsPerMinute: () => callsPerMinute,
    });
    let isOpen = true;
    let passed = 0;
    const next = (): void => {
      const happening = day.next().value;
      const wait = happening.at - passed;
      passed = happening.at;
      this.clock.after(wait * MS_PER_SECOND, () => {
        if (!isOpen) return;
        if (happening.kind === 'agent') this.agents.change(happening.dn, happening.changes);
        else void this.play(happening.story);
        next();
      });
    };
    this.#endOffice = () => {
      isOpen = false;
    };
    next();
  }

  #deliver(entry: LoggedRecord): void {
    const { recordDelaySeconds } = this.knobs.current;
    if (recordDelaySeconds === 0) {
      this.#write(entry);
      return;
    }
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#write(entry);
    }, recordDelaySeconds * MS_PER_SECOND);
    this.#delayed.add(timer);
  }

  #write(entry: LoggedRecord): void {
    this.callLog.append({ record: entry.record, callId: entry.callId });
    for (const listener of this.#recordListeners) listener(entry);
  }
}
