import { median } from './statistics.ts';

/** What one scenario found out about one thing. */
export interface Figure {
  what: string;
  unit: string;
  relay: number;
  /** The same of whom it is compared with; null when it stands for itself. */
  peer: number | null;
  against: string;
  /** Relay to peer, the median of the rounds; for times and sizes less is better. */
  ratio: number | null;
  wanted: string;
  /** Null: told for information only. */
  isMet: boolean | null;
  note?: string;
}

export interface Settings {
  isQuick: boolean;
  /** Half a core for ten minutes instead of one. */
  isLong: boolean;
  rounds: number;
  /** What goes on, for a person who waits. */
  say: (text: string) => void;
}

export interface Scenario {
  name: string;
  does: string;
  /** Open files it takes in the process of the load; the server takes no more. */
  files?: number;
  run: (settings: Settings) => Promise<Figure[]>;
}

interface RatioOrder {
  what: string;
  unit: string;
  against: string;
  /** One value a round, in the same order. */
  relay: readonly number[];
  peer: readonly number[];
  atLeast?: number;
  atMost?: number;
  note?: string;
}

/** The median of the rounds' ratios: each round had both sides within seconds of each other. */
export function ratioFigure({ what, unit, against, relay, peer, atLeast, atMost, note }: RatioOrder): Figure {
  const ratio = median(relay.map((value, round) => value / (peer[round] ?? Number.NaN)));
  const isMet = atLeast !== undefined ? ratio >= atLeast : atMost !== undefined ? ratio <= atMost : null;
  return {
    ...{ what, unit, against, ratio, isMet },
    relay: median(relay),
    peer: median(peer),
    wanted: atLeast !== undefined ? `≥ ${atLeast} ×` : atMost !== undefined ? `≤ ${atMost} ×` : '',
    ...(note && { note }),
  };
}

interface LimitOrder {
  what: string;
  unit: string;
  relay: number;
  peer?: number;
  against?: string;
  atMost?: number;
  atLeast?: number;
  wanted?: string;
  note?: string;
}

export function limitFigure(order: LimitOrder): Figure {
  const { what, unit, relay, peer = null, against = '', atMost, atLeast, wanted, note } = order;
  const isMet = atMost !== undefined ? relay <= atMost : atLeast !== undefined ? relay >= atLeast : null;
  const limit =
    atMost !== undefined ? `≤ ${atMost} ${unit}` : atLeast !== undefined ? `≥ ${atLeast} ${unit}` : '';
  return {
    ...{ what, unit, relay, peer, against, isMet },
    ratio: peer === null ? null : relay / peer,
    wanted: wanted ?? limit,
    ...(note && { note }),
  };
}

/** Loss is counted, and none is wanted. */
export function lossFigure(what: string, faults: readonly string[]): Figure {
  const seen = faults.filter(Boolean);
  return limitFigure({
    what: `${what}: clients' chains`,
    unit: 'faults',
    relay: seen.length,
    atMost: 0,
    wanted: 'no loss',
    ...(seen.length > 0 && { note: seen.join('; ') }),
  });
}
