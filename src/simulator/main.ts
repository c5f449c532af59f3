import '../../bin/node-guard.js';

const { parseCommandLine } = await import('./command-line.ts');
const { report, runUntilStopped } = await import('./life/run.ts');

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A closed pipe ends quietly.
  if (error.code === 'EPIPE') return;
  report(
    new Error(`stdout cannot be written (${error.message}): give it a terminal, a pipe or a file with room`),
  );
});
// There is nobody left to complain to.
process.stderr.on('error', () => {});

try {
  const order = await parseCommandLine(process.argv.slice(2));
  if (order.kind === 'print') process.stdout.write(order.text === '' ? '' : `${order.text}\n`);
  else await runUntilStopped(order.options, order.past);
} catch (error) {
  report(error);
}
