import { setTimeout as wait } from 'node:timers/promises';
import { type Figure, limitFigure, type Settings } from '../measure/figure.ts';
import { Samples } from '../measure/statistics.ts';
import type { BenchScreen } from './bench-screen.ts';
import type { Rig } from './rig.ts';

const KEYS = { quick: 40, full: 200 };
const KEY_P50_MAX_MS = 15;
const KEY_P95_MAX_MS = 50;
const PAUSE_MS = { least: 60, spread: 140 };
const RESIZES = { quick: 4, full: 20 };
const RESIZE_MAX_MS = 100;
const SIZES = [
  { columns: 200, rows: 60 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
];
const LOST_MAX_MS = 1000;

/** While calls go on: moving in a list, and typing into the filter of one that changes all the time. */
export async function measureKeys(rig: Rig, { isQuick, say }: Settings): Promise<Figure[]> {
  const screen = await rig.opened();
  const samples = new Samples();
  const count = (isQuick ? KEYS.quick : KEYS.full) / 2;
  try {
    await screen.goTo('5');
    for (let press = 0; press < count; press++) {
      const before = chosenRow(screen);
      await timed(screen, samples, {
        key: press % 20 < 10 ? 'j' : 'k',
        isSo: one => chosenRow(one) !== before,
      });
    }
    await screen.goTo('2');
    await screen.goTo('/');
    for (let press = 0; press < count; press++) {
      const before = footOf(screen);
      await timed(screen, samples, {
        key: press % 2 === 0 ? '1' : 'backspace',
        isSo: one => footOf(one) !== before,
      });
    }
  } finally {
    await screen.close();
  }
  const [p50, p95, most] = [0.5, 0.95, 1].map(share => samples.quantile(share));
  say(`${samples.count} keys, the slowest ${most?.toFixed(0)} ms`);
  return [
    limitFigure({ what: 'key to screen, p50', unit: 'ms', relay: p50 ?? 0, atMost: KEY_P50_MAX_MS }),
    limitFigure({ what: 'key to screen, p95', unit: 'ms', relay: p95 ?? 0, atMost: KEY_P95_MAX_MS }),
  ];
}

async function timed(
  screen: BenchScreen,
  samples: Samples,
  { key, isSo }: { key: string; isSo: (screen: BenchScreen) => boolean },
): Promise<void> {
  const beganAt = performance.now();
  screen.press(key);
  samples.add((await screen.reach(isSo)) - beganAt);
  await wait(PAUSE_MS.least + Math.random() * PAUSE_MS.spread);
}

function chosenRow({ lines }: BenchScreen): number {
  return lines.findIndex(line => line.startsWith('▸'));
}

/** What is typed stands in the lines below everything else; how many fit the filter too, but that is drawn with it. */
function footOf({ lines }: BenchScreen): string {
  return lines.findLast(line => /^ *\//.test(line))?.replace(/\d+ of \d+.*/, '') ?? '';
}

/** Until everything stands where it belongs in the new size. */
export async function measureResizes(rig: Rig, { isQuick }: Settings): Promise<Figure[]> {
  const screen = await rig.opened();
  const samples = new Samples();
  try {
    for (let turn = 0; turn < (isQuick ? RESIZES.quick : RESIZES.full); turn++) {
      const size = SIZES[turn % SIZES.length];
      if (size === undefined) break;
      const beganAt = performance.now();
      screen.resize(size.columns, size.rows);
      samples.add((await screen.reach(one => fits(one, size))) - beganAt);
      await wait(PAUSE_MS.least + Math.random() * PAUSE_MS.spread);
    }
  } finally {
    await screen.close();
  }
  const what = 'new size to screen, p95';
  return [limitFigure({ what, unit: 'ms', relay: samples.quantile(0.95), atMost: RESIZE_MAX_MS })];
}

function fits({ lines }: BenchScreen, { columns, rows }: { columns: number; rows: number }): boolean {
  const [head = ''] = lines;
  return /^ 3cx-relay/.test(head) && /^ \?/.test(lines[rows - 1] ?? '') && head.length > columns - 3;
}

/** The daemon is killed: until the operator is told. It is the last that is measured. */
export async function measureLoss(rig: Rig): Promise<Figure[]> {
  const screen = await rig.opened();
  try {
    await wait(PAUSE_MS.spread);
    const beganAt = performance.now();
    rig.relay.process.signal('SIGKILL');
    const relay = (await screen.reach(/daemon lost/)) - beganAt;
    return [limitFigure({ what: 'daemon killed to banner', unit: 'ms', relay, atMost: LOST_MAX_MS })];
  } finally {
    await screen.close();
  }
}
