import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Curve, markdown } from './curves/curve.ts';
import type { Scenario, Settings } from './measure/figure.ts';
import { numberText, type Outcome, tableText } from './measure/table.ts';
import { CURVES, SCENARIOS } from './registry.ts';
import { canPin, moveToLoadCore } from './servers/pinning.ts';

const ROUNDS = { quick: 1, full: 5 };
const USAGE = `npm run bench -- [--quick] [--long] [--rounds N] [--json FILE] [scenario...]
npm run bench -- [--quick] [--json FILE] curves [curve...]

`;
const SIGNAL_EXIT_CODE = 130;
const CURVES_WORD = 'curves';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [first, ...others] = positionals;
const isAboutCurves = first === CURVES_WORD;
const known: readonly { name: string }[] = isAboutCurves ? CURVES : SCENARIOS;
const names = isAboutCurves ? others : positionals;
const unknown = names.filter(name => !known.some(one => one.name === name));
const settings: Settings = {
  isQuick: values.quick,
  isLong: values.long,
  rounds: Number(values.rounds ?? (values.quick ? ROUNDS.quick : ROUNDS.full)),
  say: text => void process.stderr.write(`  ${text}\n`),
};

// An orderly exit, so that what was started ends with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(SIGNAL_EXIT_CODE));

if (values.help || unknown.length > 0) explain(unknown);
else if (isAboutCurves) await draw(CURVES.filter(isWanted));
else await main(SCENARIOS.filter(isWanted));

function isWanted({ name }: { name: string }): boolean {
  return names.length === 0 || names.includes(name);
}

function explain(mistaken: readonly string[]): void {
  const lines = SCENARIOS.map(({ name, does }) => `  ${name.padEnd(18)} ${does}\n`).join('');
  const complaint = mistaken.length > 0 ? `There is no ${mistaken.join(', ')}.\n\n` : '';
  process.stderr.write(
    `${complaint}${USAGE}${lines}\nCurves: ${CURVES.map(({ name }) => name).join(', ')}\n`,
  );
  process.exitCode = mistaken.length > 0 ? 2 : 0;
}

async function draw(curves: readonly Curve[]): Promise<void> {
  moveToLoadCore();
  const drawn: { name: string; headings: string[]; rows: number[][] }[] = [];
  process.stdout.write(`${machineText()}\n\n`);
  for (const curve of curves) {
    process.stderr.write(`${curve.name}: ${curve.title}\n`);
    demandFiles(curve);
    const rows = await curve.measure(settings);
    drawn.push({ name: curve.name, headings: curve.headings, rows });
    process.stdout.write(`${markdown(curve, rows)}\n`);
  }
  if (values.json !== undefined)
    writeFileSync(values.json, JSON.stringify({ machine: machineText(), drawn }, null, 2));
}

async function main(wanted: readonly Scenario[]): Promise<void> {
  moveToLoadCore();
  const machine = machineText();
  process.stderr.write(`${machine}\n`);
  const outcomes: Outcome[] = [];
  for (const scenario of wanted) {
    const outcome = await runOne(scenario);
    outcomes.push(outcome);
    process.stderr.write(`${tableText([outcome])}\n`);
    // After each: half an hour is long, and whoever breaks it off keeps what there is.
    if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ machine, outcomes }, null, 2));
  }
  process.stdout.write(`\n${machine}\n\n${tableText(outcomes)}`);
  // A figure that falls short is a result; only a run that broke off is a failure.
  if (outcomes.some(({ error }) => error !== null)) process.exitCode = 1;
}

async function runOne(scenario: Scenario): Promise<Outcome> {
  const beganAt = performance.now();
  process.stderr.write(`${scenario.name}: ${scenario.does}\n`);
  const outcome = (rest: Pick<Outcome, 'figures' | 'error'>): Outcome => ({
    scenario: scenario.name,
    seconds: Math.round((performance.now() - beganAt) / 1000),
    ...rest,
  });
  try {
    demandFiles(scenario);
    return outcome({ figures: await scenario.run(settings), error: null });
  } catch (error) {
    process.stderr.write(`  broke off: ${error instanceof Error ? error.stack : String(error)}\n`);
    return outcome({ figures: [], error: error instanceof Error ? error.message : String(error) });
  }
}

/** A socket that cannot be opened would look like a slow server. */
function demandFiles({ files = 0, name }: Pick<Scenario, 'files' | 'name'>): void {
  const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  const limit = line === undefined || line === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line);
  if (limit >= files) return;
  throw new Error(
    `${name} needs ${files} open files and this shell allows ${limit}: run "ulimit -n ${files}" first, ` +
      'as root where it is refused',
  );
}

function machineText(): string {
  const [cpu] = cpus();
  const memory = numberText(totalmem() / 2 ** 30);
  const pinned = canPin
    ? 'server on core 0, load on core 1'
    : 'NOT PINNED (one core, or no taskset): server and load disturb each other';
  return `${new Date().toISOString().slice(0, 16)}Z, ${cpus().length} x ${cpu?.model ?? 'unknown processor'}, ${memory} GiB, Linux ${release()}, Node ${process.version}; ${pinned}`;
}
