import { expect } from 'vitest';
import type { CallFact } from '../../src/daemon/core/call-fact.ts';
import type { Component, ComponentHealth } from '../../src/daemon/core/ports.ts';
import { SOCKET_LIMITS, type SocketLimits } from '../../src/daemon/sources/reconnecting-socket.ts';
import type {
  ThreeCxLimits,
  ThreeCxOptions,
  ThreeCxParts,
} from '../../src/daemon/sources/threecx/options.ts';
import { ThreeCxSource } from '../../src/daemon/sources/threecx/source.ts';
import type { Draft } from '../../src/shared/journal-entry.ts';
import { findStory } from '../../src/simulator/stories/index.ts';
import { type Rig, startRig } from '../simulator/rig.ts';

type Handed = { draft: Draft } | { fact: CallFact };

/** Remembers all that a source hands over, in one order. */
export class Recorder {
  readonly handed: Handed[] = [];
  readonly healths: ComponentHealth[] = [];
  readonly incidents: { code: string; place: string; detail: string }[] = [];
  readonly logged: string[] = [];

  readonly sink = {
    append: (draft: Draft) => void this.handed.push({ draft }),
    learn: (fact: CallFact) => void this.handed.push({ fact }),
  };
  readonly health = {
    report: (health: ComponentHealth) => void this.healths.push(health),
    incident: (incident: { code: string; place: string; detail: string }) =>
      void this.incidents.push(incident),
  };
  readonly #log = (fields: Record<string, unknown>, message: string) =>
    void this.logged.push(`${message} ${JSON.stringify(fields)}`);
  readonly logger = { info: this.#log, warn: this.#log, error: this.#log };

  drafts(type: Draft['type']): Draft[] {
    return this.handed.flatMap(one => ('draft' in one && one.draft.type === type ? [one.draft] : []));
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  bodies(type: Draft['type']): any[] {
    return this.drafts(type).map(({ body }) => JSON.parse(body));
  }

  facts<Kind extends CallFact['kind']>(kind: Kind): Extract<CallFact, { kind: Kind }>[] {
    return this.handed.flatMap(one =>
      'fact' in one && one.fact.kind === kind ? [one.fact as Extract<CallFact, { kind: Kind }>] : [],
    );
  }

  state(component: Component): ComponentHealth | undefined {
    return this.healths.findLast(one => one.component === component);
  }

  codes(): string[] {
    return this.incidents.map(({ code }) => code);
  }

  /** Legs that are there according to the facts so far, as "dn/id state call". */
  legs(): string[] {
    const legs = new Map<string, string>();
    for (const one of this.handed) {
      if (!('fact' in one)) continue;
      const { fact } = one;
      const show = ({ own, legId, state, sourceCallId }: Extract<CallFact, { kind: 'leg' }>) =>
        `${own.dn}/${legId} ${state} ${sourceCallId}`;
      if (fact.kind === 'leg') legs.set(fact.legId, show(fact));
      if (fact.kind === 'legGone') legs.delete(fact.legId);
      if (fact.kind === 'restarted') legs.clear();
      if (fact.kind === 'allLegs') {
        legs.clear();
        for (const leg of fact.legs) legs.set(leg.legId, show({ ...fact, ...leg, kind: 'leg' }));
      }
    }
    return [...legs.values()].toSorted();
  }
}

export interface Bench extends Recorder {
  rig: Rig;
  source: ThreeCxSource;
  turn(knobs: Record<string, unknown>): Promise<void>;
  act(action: Record<string, unknown>): Promise<void>;
  breakIt(name: string, order?: unknown): Promise<void>;
  play(story: string): Promise<void>;
  up(): Promise<void>;
  stop(): Promise<void>;
}

const clock = { now: () => Date.now(), elapsed: () => performance.now() };

/** About a hundred times faster than in life. */
const FAST_SOCKET: SocketLimits = {
  ...SOCKET_LIMITS,
  pingEveryMs: 50,
  deadAfterMs: 150,
  handshakeMs: 1000,
  firstRetryMs: 50,
  retryFloorMs: 20,
  retryCapMs: 200,
  stableAfterMs: 1000,
};
const FAST: Partial<ThreeCxLimits> = {
  snapshotEveryMs: 60_000,
  snapshotWhileDownMs: 60_000,
  snapshotRetryMs: 60,
  pollGapMinMs: 10,
  activeCallsEveryMs: 40,
  activeCallsOnlySourceMs: 30,
  agentsEveryMs: 50,
  zombieGraceMs: 60,
  refusedRetryMs: 200,
  tokenRetryMs: 20,
  tokenRetryCapMs: 100,
  throttledMs: 100,
};

interface BenchOptions {
  knobs?: Record<string, unknown>;
  options?: Partial<ThreeCxOptions>;
  limits?: Partial<ThreeCxLimits>;
  socket?: Partial<SocketLimits>;
  parts?: Partial<ThreeCxParts>;
  speed?: number;
  extensions?: number;
  isStarted?: boolean;
}

export function createSource(
  { sink, health, logger }: Recorder,
  options: Partial<ThreeCxOptions> & Pick<ThreeCxOptions, 'pbxUrl' | 'clientId' | 'clientSecret'>,
  parts: Partial<ThreeCxParts>,
): ThreeCxSource {
  const limits = { ...FAST, socket: FAST_SOCKET, ...parts.limits };
  return new ThreeCxSource(
    { fqdn: 'pbx.example.test', callControlAuth: 'auto', ...options },
    { sink, health, logger, clock, ...parts, limits },
  );
}

export async function startBench(given: BenchOptions = {}): Promise<Bench> {
  const rig = await startRig({
    speed: given.speed ?? 100,
    extensions: given.extensions ?? 20,
    knobs: given.knobs ?? {},
  });
  const { pbxUrl, clientId, clientSecret } = rig.simulator.addresses;
  const recorder = new Recorder();
  const source = createSource(
    recorder,
    { pbxUrl, clientId, clientSecret, ...given.options },
    { ...given.parts, limits: { socket: { ...FAST_SOCKET, ...given.socket }, ...given.limits } },
  );
  const life = new AbortController();
  if (given.isStarted ?? true) source.start(life.signal);
  return Object.assign(recorder, {
    rig,
    source,
    turn: async (knobs: Record<string, unknown>) => {
      expect((await rig.control('PATCH', '/knobs', knobs)).status).toBe(200);
    },
    act: async (action: Record<string, unknown>) => {
      expect((await rig.control('POST', '/act', action)).body).toEqual({ done: true });
    },
    breakIt: async (name: string, order?: unknown) => {
      expect((await rig.control('POST', `/break/${name}`, order)).status).toBe(200);
    },
    play: async (name: string) => {
      const story = findStory(name);
      if (!story) throw new Error(`There is no story ${name}`);
      await rig.simulator.pbx.play(story);
    },
    up: () => expect.poll(() => recorder.state('callcontrol')?.state, { timeout: 5000 }).toBe('up'),
    stop: async () => {
      life.abort();
      await source.stop();
      await rig.stop();
    },
  });
}
