import '../../bin/node-guard.js';

// Everything else is loaded after the guard has looked at the Node version, and each command only when it is called.
const { runCli } = await import('./root.ts');
await runCli(process.argv.slice(2));
