import { Clock } from './clock.ts';
import type { Action, ActionOf } from './exchange/actions/action.ts';
import { perform } from './exchange/actions/perform.ts';
import { AgentBoard } from './exchange/agent-board.ts';
import { CallLog, type LoggedRecord } from './exchange/call-log.ts';
import { buildDirectory, type Directory } from './exchange/directory.ts';
import { RecordPost } from './exchange/record-post.ts';
import { Switchboard } from './exchange/switchboard.ts';
import { KnobBoard } from './knobs.ts';
import { OfficePlayer } from './office/office-player.ts';
import type { Options } from './options.ts';
import { StoryPlayer } from './stories/player.ts';
import type { Story } from './stories/story.ts';

type RecordListener = (entry: LoggedRecord) => void;

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
  readonly #player: StoryPlayer;
  readonly #office: OfficePlayer;
  readonly #post: RecordPost;
  #played = 0;
  #actions = 0;

  constructor(options: Options) {
    this.#options = options;
    this.clock = new Clock({ startsAt: Date.now(), speed: options.speed });
    this.knobs = new KnobBoard(options.knobs);
    const { extensions, queues, clientId } = options;
    this.directory = buildDirectory({ extensions, queues, routePoint: clientId });
    this.switchboard = new Switchboard(this.directory, () => this.clock.now());
    this.agents = new AgentBoard(this.directory, () => this.clock.now());
    const { clock, switchboard, directory, agents, perform } = this;
    this.#player = new StoryPlayer({ clock, switchboard, perform });
    const play = (story: Story): void => void this.play(story);
    const { seed, speed } = options;
    this.#office = new OfficePlayer({ clock, speed, directory, agents, seed, play });
    this.#post = new RecordPost({
      deliver: entry => this.#write(entry),
      after: (delayMs, work) => clock.after(delayMs, work),
    });
    switchboard.onOccurrence(occurrence => {
      if (occurrence.kind !== 'recordClosed') return;
      this.#post.post(occurrence, this.knobs.current.recordDelaySeconds);
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
    switch (action.do) {
      case 'join':
        return perform(this.switchboard, { survivor: this.knobs.current.joinSurvivor, ...action });
      case 'poll': {
        const dns = this.#loggedIn(action);
        return dns.length > 0 && perform(this.switchboard, { ...action, dns });
      }
      default:
        return perform(this.switchboard, action);
    }
  };

  /** Resolves with the prefix of the story's calls when its last step has been played, or will never be. */
  async play(story: Story): Promise<string> {
    this.#played += 1;
    const prefix = `${story.name}-${this.#played}/`;
    await this.#player.play(story, prefix);
    return prefix;
  }

  start(): void {
    this.clock.follow();
    this.openOffice(this.#options.callsPerMinute);
  }

  stop(): void {
    this.clock.stop();
    this.#player.stop();
  }

  /** From now on the office makes so many calls a minute; the ones that go on are played to their end. */
  openOffice(callsPerMinute: number): void {
    this.#office.setPace(callsPerMinute);
  }

  /** A queue passes over members who are logged out at that moment; a ring group knows no log-in. */
  #loggedIn({ call, dns }: ActionOf<'poll'>): string[] {
    if (this.switchboard.calls.get(call)?.head.destination.kind !== 'queue') return dns;
    return dns.filter(dn => this.agents.of(dn)?.queueStatus !== 'LoggedOut');
  }

  #write({ record, callId }: LoggedRecord): void {
    const entry = { record, callId };
    this.callLog.append(entry);
    for (const listener of this.#recordListeners) listener(entry);
  }
}
