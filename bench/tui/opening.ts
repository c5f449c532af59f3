import { type Figure, limitFigure, type Settings } from '../measure/figure.ts';
import { median } from '../measure/statistics.ts';
import type { Rig } from './rig.ts';

const STARTS = { quick: 3, full: 15 };
const FIRST_FRAME_MAX_MS = 200;
const FIRST_FRAME_MAX_BYTES = 12_000;

/** From the shell: the launcher is in it. The first start of all is not counted, because it may build. */
export async function measureOpening(rig: Rig, { isQuick, say }: Settings): Promise<Figure[]> {
  const frames: number[] = [];
  const known: number[] = [];
  const bytes: number[] = [];
  await (await rig.opened()).close();
  for (let start = 0; start < (isQuick ? STARTS.quick : STARTS.full); start++) {
    const beganAt = performance.now();
    const screen = rig.open();
    frames.push((await screen.reach(/3cx-relay[\s\S]*Overview/)) - beganAt);
    bytes.push(Buffer.byteLength(screen.sent));
    known.push((await screen.reach(/● up/)) - beganAt);
    await screen.close();
  }
  say(`first frames ${frames.map(Math.round).join(' ')} ms`);
  return [
    limitFigure({
      ...{ what: `first frame from the shell, median of ${frames.length}`, unit: 'ms' },
      ...{ relay: median(frames), atMost: FIRST_FRAME_MAX_MS },
    }),
    limitFigure({ what: 'first frame with what the daemon knows', unit: 'ms', relay: median(known) }),
    limitFigure({ what: 'first frame', unit: 'bytes', relay: median(bytes), atMost: FIRST_FRAME_MAX_BYTES }),
  ];
}
