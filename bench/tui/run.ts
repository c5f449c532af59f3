import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Figure, Settings } from '../measure/figure.ts';
import { figureTable } from '../measure/table.ts';
import { measureKeys, measureLoss, measureResizes } from './answering.ts';
import { measureOpening } from './opening.ts';
import { Rig } from './rig.ts';
import { measureStillness, measureUpdates } from './sending.ts';

const USAGE = `npm run bench:tui -- [--quick] [--json FILE]

What the dashboard costs, on a pseudo-terminal of 120x40, beside a relay and a simulated phone system. Four minutes; --quick: one.
`;
/** More than ten changes a second, and as many calls as the screen has lines. */
const BUSY_CALLS_PER_MINUTE = 150;
const BUSY_AFTER_MS = { quick: 10_000, full: 40_000 };
const SIGNAL_EXIT_CODE = 130;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const settings: Settings = {
  ...{ isQuick: values.quick, isLong: false, rounds: 1 },
  say: text => void process.stderr.write(`  ${text}\n`),
};

// An orderly exit, so that what was started ends with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(SIGNAL_EXIT_CODE));

if (values.help) process.stdout.write(USAGE);
else {
  const figures = await measured();
  process.stdout.write(`\n${figureTable(figures)}`);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(figures, null, 2));
}

async function measured(): Promise<Figure[]> {
  const rig = await Rig.start();
  try {
    const opening = await measureOpening(rig, settings);
    const still = await measureStillness(rig, settings);
    rig.simulator.pbx.openOffice(BUSY_CALLS_PER_MINUTE);
    await wait(values.quick ? BUSY_AFTER_MS.quick : BUSY_AFTER_MS.full);
    const updates = await measureUpdates(rig, settings);
    const keys = await measureKeys(rig, settings);
    const resizes = await measureResizes(rig, settings);
    return [...opening, ...keys, ...updates, ...still, ...resizes, ...(await measureLoss(rig))];
  } finally {
    await rig.stop();
  }
}
