import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';

interface DemoOptions {
  headless: boolean;
  seed: number;
  'calls-per-minute': number;
  port: number;
}

export const demoCommand: CommandModule<object, DemoOptions> = {
  command: 'demo',
  describe: 'Run the relay beside a simulated 3CX, in a temporary folder, with nothing to set up',
  builder: args =>
    args
      .option('headless', {
        type: 'boolean',
        default: false,
        describe: 'One JSON line when ready, then run until stopped',
      })
      .option('seed', { type: 'number', default: 7, describe: 'Same seed, same office day' })
      .option('calls-per-minute', { type: 'number', default: 30, describe: 'How busy the office is' })
      .option('port', { type: 'number', default: 0, describe: 'Of the relay; 0: any free one' })
      .example('$0 demo', 'with lines to copy and try')
      .example('$0 demo --headless', 'for a script')
      .example('ALLOWED_ORIGINS=http://localhost:5173 $0 demo', 'for a page that is served from there'),
  handler: async options => {
    const { runDemo } = await import('../demo.ts');
    const home = await mkdtemp(join(tmpdir(), '3cx-relay-demo-'));
    try {
      await runDemo({
        home,
        isHeadless: options.headless,
        seed: options.seed,
        callsPerMinute: options['calls-per-minute'],
        port: options.port,
        allowedOrigins: process.env['ALLOWED_ORIGINS'],
      });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
};
