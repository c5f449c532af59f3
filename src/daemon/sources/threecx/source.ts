import type { AgentBody } from '../../../shared/journal-entry.ts';
import type { CallCommands, Component, LiveSigns, RosterEntry, Source } from '../../core/ports.ts';
import type { ConnectionEnd } from '../socket-connection.ts';
import { Agents } from './agents.ts';
import { ThreeCxCommands } from './commands.ts';
import { whyForbidden } from './http/answer-faults.ts';
import { wordsOf } from './http/pbx-error.ts';
import { TokenManager } from './http/tokens.ts';
import { Transport } from './http/transport.ts';
import { XapiClient } from './http/xapi-client.ts';
import { ActiveCalls } from './live/active-calls.ts';
import { Blindness } from './live/blindness.ts';
import { ComponentLink } from './live/component-link.ts';
import { LiveState } from './live/live-state.ts';
import { Snapshots } from './live/snapshots.ts';
import { checkedUrl, limitsWith, SOURCE_NAME, type ThreeCxOptions, type ThreeCxParts } from './options.ts';
import { Roster } from './roster.ts';
import { CallControl } from './socket/callcontrol.ts';
import { CallControlHealth } from './socket/callcontrol-health.ts';
import { SOCKET_PATH, socketAddress } from './socket/socket-address.ts';
import { SocketAuth } from './socket/socket-auth.ts';

/**
 * A 3CX V20: the call control socket, snapshots beside it, the list of calls, and agents. Each input runs by itself:
 * one that dies, or was never there, is not noticed by the others.
 */
export class ThreeCxSource implements Source {
  readonly name = SOURCE_NAME;
  readonly commands: CallCommands;
  /** For whoever needs XAPI besides, such as the history: the token and the limits are shared through it. */
  readonly xapi: XapiClient;
  readonly #url: URL;
  readonly #life = new AbortController();
  readonly #transport: Transport;
  readonly #tokens: TokenManager;
  readonly #auth: SocketAuth;
  readonly #callControl: CallControl;
  readonly #snapshots: Snapshots;
  readonly #activeCalls: ActiveCalls;
  readonly #blindness: Blindness;
  readonly #agents: Agents;
  readonly #roster: Roster;
  readonly #retryInMs: { refused: number };

  /** Throws E_CONFIG for an address that credentials must not be sent to. */
  constructor(options: ThreeCxOptions, parts: ThreeCxParts) {
    const { sink, health, clock, logger, heardUntil, onHeard, random } = parts;
    const limits = limitsWith(parts.limits);
    const { signal } = this.#life;
    const chance = random ? { random } : {};
    const onFault = (error: unknown): void => {
      health.incident({ code: 'fault', place: 'threecx', detail: wordsOf(error) });
      logger.error({ error: wordsOf(error) }, 'an input of the 3CX source failed; it goes on');
    };
    this.#url = checkedUrl(options);
    this.#retryInMs = { refused: limits.refusedRetryMs };
    this.#transport = new Transport({ url: this.#url, fqdn: options.fqdn, limits });
    const transport = this.#transport;
    this.#tokens = new TokenManager({ options, transport, clock, limits, signal, ...chance });
    this.xapi = new XapiClient({
      ...{ transport, tokens: this.#tokens, clock, limits },
      onFault: parts.onUpstreamFault,
    });
    this.#auth = new SocketAuth(options, this.#tokens);
    this.commands = new ThreeCxCommands({ client: this.xapi, signal, roles: () => this.#tokens.roles });

    const common = { client: this.xapi, sink, health, clock, limits, signal, onFault };
    const state = new LiveState({
      ...{ sink, health, clock, logger },
      // Whether the call is over or only between two legs stands in the PBX's list.
      onLegGone: () => this.#activeCalls.poll.nudge(),
    });
    const blindness = new Blindness({ sink, clock, onHeard });
    this.#blindness = blindness;
    // A clock that was set back must not make the gap end before it begins.
    if (heardUntil !== undefined)
      blindness.begin(Math.min(heardUntil, clock.now()), 'The relay was not running.');
    const condition = new CallControlHealth({
      link: new ComponentLink('callcontrol', { sink, health, clock }),
      auth: this.#auth,
      logger,
      whyForbidden: () => whyForbidden({ path: SOCKET_PATH, roles: this.#tokens.roles }),
      isListAnswering: () => this.#activeCalls.isAnswering,
      standAlone: isOnlySource => this.#activeCalls.standAlone(isOnlySource),
      snapshotDue: () => this.#snapshots.poll.nudge(),
    });
    this.#callControl = new CallControl({
      ...{ ...common, state, blindness, events: condition, ...chance },
      address: async () =>
        socketAddress({ url: this.#url.href, fqdn: options.fqdn }, await this.#auth.header()),
      refusedRetryMs: end => this.#refusedRetryMs(end),
    });
    this.#snapshots = new Snapshots({ ...common, state, blindness, socket: this.#callControl });
    const xapiLink = new ComponentLink('xapi', { sink, health, clock });
    this.#activeCalls = new ActiveCalls({
      ...common,
      state,
      blindness,
      link: xapiLink,
      onAnswer: () => condition.listAnswered(),
    });
    this.#roster = new Roster({ ...common, book: state.book, cachedMs: limits.rosterCachedMs });
    this.#agents = new Agents({ ...common, book: state.book, roster: this.#roster });
  }

  start(signal: AbortSignal): void {
    signal.addEventListener('abort', () => this.#end(), { once: true });
    if (signal.aborted) this.#end();
    this.#callControl.socket.start(this.#life.signal);
    for (const poll of this.#polls()) poll.start(this.#life.signal);
  }

  async stop(): Promise<void> {
    this.#end();
    await Promise.all([this.#callControl.socket.stop(), ...this.#polls().map(poll => poll.stop())]);
    this.#transport.close();
  }

  reconnect(component: Component): void {
    // Also for whom the credentials were refused: an operator says that it is worth another try.
    this.#tokens.forget();
    if (component === 'callcontrol') this.#callControl.socket.retryNow();
    if (component === 'xapi') this.#activeCalls.retryNow();
    if (component === 'xapi' || component === 'agents') this.#agents.poll.nudge();
  }

  /** Why agents' states cannot be read at the moment; null when they can. */
  get agentsFault(): string | null {
    return this.#agents.fault;
  }

  /** Whether live events really come. */
  get liveSigns(): LiveSigns {
    const { last } = this.#snapshots;
    return {
      ...this.#callControl.signs,
      lastSnapshotAt: last?.at ?? null,
      snapshotAgrees: last?.agrees ?? null,
    };
  }

  /** What the token we hold says of our rights, and how many were refused before their time lately. */
  get token(): { roles: readonly string[] | null; renewals: number } {
    const { roles, renewals } = this.#tokens;
    return { roles, renewals };
  }

  roster(): Promise<RosterEntry[]> {
    return this.#roster.entries();
  }

  agents(): Promise<AgentBody[]> {
    return this.#agents.current();
  }

  #end(): void {
    if (this.#life.signal.aborted) return;
    const heardAt = this.#callControl.socket.heardAt ?? this.#activeCalls.heardAt;
    if (heardAt !== null && !this.#snapshots.isSuspicious) this.#blindness.lastHeard(heardAt);
    this.#life.abort();
  }

  #polls() {
    return [this.#snapshots.poll, this.#activeCalls.poll, this.#agents.poll];
  }

  #refusedRetryMs({ status, retryAfterSeconds }: ConnectionEnd): number | null {
    const askedMs = (retryAfterSeconds ?? 0) * 1000;
    // Another way to say who we are is tried at once; when all are refused, slowly, lest our address be blocked.
    if (status === 401) return this.#auth.refused() ? 0 : Math.max(askedMs, this.#retryInMs.refused);
    if (status === 403) return Math.max(askedMs, this.#retryInMs.refused);
    return askedMs > 0 ? askedMs : null;
  }
}
