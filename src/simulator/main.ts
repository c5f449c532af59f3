import '../../bin/node-guard.js';

const { parseCommandLine, UsageError } = await import('./command-line.ts');
const { startSimulator } = await import('./simulator.ts');

// A closed pipe ends quietly.
process.stdout.on('error', () => process.exit());

try {
  const order = await parseCommandLine(process.argv.slice(2));
  if (order.kind === 'print') process.stdout.write(order.text === '' ? '' : `${order.text}\n`);
  else await run(order.options, order.past);
} catch (error) {
  report(error);
}

function report(error: unknown): void {
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

async function run(
  options: Parameters<typeof startSimulator>[0],
  past: { days: number; callsPerDay: number } | null,
): Promise<void> {
  const starting = startSimulator(options);
  const stop = (): void => {
    starting.then(simulator => simulator.stop()).catch(report);
  };
  // A second signal ends the process at once.
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const simulator = await starting;
  const { databaseMissing } = simulator.addresses;
  if (databaseMissing !== null) {
    process.stderr.write(`No database (history by XAPI only): ${databaseMissing}\n`);
  }
  if (past) {
    const started = performance.now();
    const records = await simulator.fillHistory(past);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(`Wrote ${records} records of the past ${past.days} days in ${seconds} s\n`);
  }
  process.stdout.write(`${JSON.stringify(simulator.addresses)}\n`);
}
