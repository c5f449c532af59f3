import type { CommandModule } from 'yargs';

export const daemonCommand: CommandModule = {
  command: 'daemon',
  describe: 'Run the relay until it is stopped; set up by relay.env or the environment',
  handler: async () => {
    const { run } = await import('../../daemon/main.ts');
    await run();
  },
};
