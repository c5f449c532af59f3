import type { ListedCall } from '../../../core/call-fact.ts';
import type { Clock, HealthReporter } from '../../../core/ports.ts';
import { ProtocolError } from '../bounded-json.ts';
import { conditionOfFault } from '../http/fault-conditions.ts';
import { PbxError, wordsOf } from '../http/pbx-error.ts';
import type { XapiClient } from '../http/xapi-client.ts';
import { parseActiveCalls, parsePage } from '../messages.ts';
import { listedCallOf } from '../normalise.ts';
import type { ThreeCxLimits } from '../options.ts';
import type { Blindness } from './blindness.ts';
import type { ComponentLink } from './component-link.ts';
import type { LiveState } from './live-state.ts';
import { Poll } from './poll.ts';

const ACTIVE_CALLS_PATH = '/xapi/v1/ActiveCalls';
const PROBE_PATH = '/xapi/v1/Defs?$select=Id';
const RETRY_CAP_MS = 60_000;

interface ActiveCallParts {
  client: XapiClient;
  state: LiveState;
  link: ComponentLink;
  blindness: Blindness;
  health: HealthReporter;
  clock: Clock;
  limits: ThreeCxLimits;
  /** Call control stands on this list while it is refused itself. */
  onAnswer: () => void;
  onFault: (error: unknown) => void;
}

/** The PBX's own list of calls: completes call control, and stands in for it where that is not licensed. */
export class ActiveCalls {
  readonly poll: Poll;
  readonly #parts: ActiveCallParts;
  #isOnlySource = false;
  #isAnswering = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #refusal: string | null = null;
  #failures = 0;
  #goodAt: number | null = null;
  #dialled = new Map<string, string>();
  #ids: { current: Set<number>; highest: number } = { current: new Set(), highest: 0 };

  constructor(parts: ActiveCallParts) {
    this.#parts = parts;
    const { limits, clock, onFault } = parts;
    this.poll = new Poll({
      work: signal => this.#once(signal),
      onFault,
      gapMinMs: limits.pollGapMinMs,
      clock,
    });
  }

  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** Until when it stood in for call control without a break; null while it does not. */
  get heardAt(): number | null {
    return this.#isOnlySource ? this.#goodAt : null;
  }

  /** Asks more often, forgives no pause, and tells gaps of its own. */
  standAlone(isOnlySource: boolean): void {
    if (this.#isOnlySource === isOnlySource) return;
    this.#isOnlySource = isOnlySource;
    if (isOnlySource) this.poll.nudge();
  }

  retryNow(): void {
    this.#pausedUntil = Number.NEGATIVE_INFINITY;
    this.#failures = 0;
    this.poll.nudge();
  }

  async #once(signal: AbortSignal): Promise<number> {
    const { client, clock, limits } = this.#parts;
    const isPaused = clock.elapsed() < this.#pausedUntil && !this.#isOnlySource;
    try {
      if (isPaused) return await this.#probe(signal);
      const page = parsePage(await client.get(ACTIVE_CALLS_PATH, { signal }));
      // Part of a list would tell that the other calls are over.
      if (page.hasMore) throw new ProtocolError('partial_list', 'ActiveCalls came in part only');
      this.#take(page.rows);
      this.#succeeded();
      return this.#isOnlySource ? limits.activeCallsOnlySourceMs : limits.activeCallsEveryMs;
    } catch (error) {
      return this.#failed(error, isPaused);
    }
  }

  /** While the list is refused: is XAPI itself there? */
  async #probe(signal: AbortSignal): Promise<number> {
    const { client, limits, link } = this.#parts;
    await client.get(PROBE_PATH, { signal });
    this.#failures = 0;
    link.tell({
      ...{ state: 'degraded', rung: 'XAPI', reason: this.#refusal, latencyMs: client.latencyMs },
      conditions: ['XAPI_FORBIDDEN'],
    });
    return limits.activeCallsEveryMs;
  }

  #take(rows: unknown[]): void {
    const { state, clock } = this.#parts;
    const now = clock.now();
    const parsed = parseActiveCalls(rows);
    if (this.#isOnlySource && this.#beganAnew(parsed.map(row => row.Id)))
      state.learn({ kind: 'restarted' }, now);
    const listed = parsed.map(row => listedCallOf(row, { lookup: state.book.lookup, now }));
    for (const { call } of listed) this.#learnNames(call);
    state.learn({ kind: 'allCalls', calls: listed.map(({ call }) => call) }, now);
    const dialled = new Map<string, string>();
    for (const { call, dialled: number } of listed) {
      const did = number ?? this.#dialled.get(call.sourceCallId);
      if (did === undefined) continue;
      dialled.set(call.sourceCallId, did);
      if (this.#dialled.get(call.sourceCallId) === did) continue;
      state.learn({ kind: 'afterwards', sourceCallId: call.sourceCallId, did }, now);
    }
    this.#dialled = dialled;
  }

  #learnNames({ from, to }: ListedCall): void {
    const { book } = this.#parts.state;
    for (const party of [from, to]) {
      const isNameless = party !== null && book.lookup(party.dn)?.name === '';
      if (isNameless && party.kind !== 'trunk') book.describe(party.dn, { name: party.name });
    }
  }

  /** 3CX: call ids rise until the service restarts. No old call is left and all are lower than before: anew. */
  #beganAnew(ids: number[]): boolean {
    const { current, highest } = this.#ids;
    const top = Math.max(0, ...ids);
    const hasOld = ids.some(id => current.has(id));
    const isAnew = ids.length > 0 && !hasOld && top <= highest;
    this.#ids = { current: new Set(ids), highest: isAnew ? top : Math.max(top, highest) };
    return isAnew;
  }

  #succeeded(): void {
    const { link, client, clock, blindness, onAnswer } = this.#parts;
    this.#failures = 0;
    this.#isAnswering = true;
    this.#goodAt = clock.now();
    if (this.#isOnlySource) {
      blindness.end();
      blindness.heard(this.#goodAt);
    }
    link.tell({ state: 'up', rung: 'XAPI', latencyMs: client.latencyMs });
    onAnswer();
  }

  #failed(error: unknown, isProbe: boolean): number {
    const { link, clock, limits, health, blindness, onAnswer } = this.#parts;
    if (error instanceof PbxError && error.fault === 'stopped') return 0;
    if (error instanceof ProtocolError) {
      health.incident({ code: error.code, place: 'xapi', detail: error.message });
    }
    this.#isAnswering = false;
    this.#failures += 1;
    if (this.#isOnlySource && this.#goodAt !== null) {
      blindness.begin(this.#goodAt, `The list of calls could not be read: ${wordsOf(error)}`);
    }
    const isRefused = error instanceof PbxError && (error.fault === 'forbidden' || error.fault === 'missing');
    if (isRefused && !isProbe) {
      this.#pausedUntil = clock.elapsed() + limits.activeCallsPauseMs;
      this.#refusal = wordsOf(error);
    }
    const askedMs = error instanceof PbxError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const growingMs = Math.min(
      RETRY_CAP_MS,
      limits.activeCallsEveryMs * 2 ** Math.min(this.#failures - 1, 10),
    );
    const waitMs = Math.max(askedMs, isRefused && this.#isOnlySource ? limits.refusedRetryMs : growingMs);
    // Refused the list, it may have other answers: the probe that follows will tell.
    const state = isRefused && !isProbe && !this.#isOnlySource ? 'degraded' : 'down';
    const conditions = [
      conditionOfFault(error, isRefused || isTokenUseless(error) ? 'XAPI_FORBIDDEN' : 'XAPI_DOWN'),
    ];
    link.tell({ state, reason: wordsOf(error), nextAttemptAt: clock.now() + waitMs, conditions });
    onAnswer();
    return waitMs;
  }
}

/** A new token is refused as well: the API client has no access. */
function isTokenUseless(error: unknown): boolean {
  return error instanceof PbxError && error.fault === 'token';
}
