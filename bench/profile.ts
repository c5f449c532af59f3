import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { numberText } from './measure/table.ts';
import { type LoopShape, measureLoop } from './measure/throughput.ts';
import { windowFor } from './scenarios/fan-out.ts';
import { startRelay } from './servers/broadcaster.ts';
import { moveToLoadCore } from './servers/pinning.ts';

// Where the daemon's time goes while it fans out: npm run bench:profile -- [--clients N] [--seconds N] [--one-in-flight]

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

const TOP = 30;
/** Standing still is no cost. */
const IDLE = '(idle)';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
    'one-in-flight': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const clients = Number(values.clients);
const shape: LoopShape = values['one-in-flight']
  ? { batch: 1, inFlight: 1, perClient: 1 }
  : windowFor(clients);

moveToLoadCore();
const folder = mkdtempSync(join(tmpdir(), '3cx-relay-profile-'));
try {
  const server = await startRelay({ nodeOptions: `--cpu-prof --cpu-prof-dir=${folder}` });
  try {
    const crowd = await server.connect({ count: clients });
    const rate = await measureLoop({ server, crowd }, { shape, seconds: Number(values.seconds) });
    process.stdout.write(
      `${clients} clients: ${numberText(rate.perCpuSecond)} deliveries/CPU s, ${numberText(rate.eventsPerSecond)} events/s ` +
        `(slower than without a profiler)\n\n`,
    );
    crowd.end();
  } finally {
    await server.stop();
  }
  // Threads write profiles of their own; the one that was busy is the main one.
  const [busiest] = readdirSync(folder)
    .map(file => readProfile(join(folder, file)))
    .toSorted((a, b) => b.samples.length - a.samples.length);
  if (!busiest) throw new Error('The daemon left no profile');
  process.stdout.write(tableOf(busiest));
  if (values.keep)
    process.stdout.write(`\nThe profile is in ${folder}: Chrome's DevTools and speedscope read it.\n`);
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}

function readProfile(file: string): Profile {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Self time: where the processor was, not on whose behalf. */
function tableOf({ nodes, samples, timeDeltas }: Profile): string {
  const names = new Map(nodes.map(node => [node.id, nameOf(node)]));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  times.delete(IDLE);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const rows = [...times].toSorted(([, a], [, b]) => b - a).slice(0, TOP);
  const lines = rows.map(
    ([name, time]) =>
      `${((time / total) * 100).toFixed(1).padStart(6)} %  ${(time / 1000).toFixed(0).padStart(7)} ms  ${name}`,
  );
  return `  self      time     function\n${lines.join('\n')}\n`;
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const place =
    url === '' ? '' : `  ${url.replace(/^.*\/(node_modules|dist|src)\//, '$1/')}:${lineNumber + 1}`;
  return `${functionName === '' ? '(anonymous)' : functionName}${place}`;
}
