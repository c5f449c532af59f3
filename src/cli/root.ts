import yargs from 'yargs';
import { EXIT, UsageError } from '../shared/exit-codes.ts';
import { VERSION } from '../shared/version.ts';
import { daemonCommand } from './commands/daemon.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { infoCommand } from './commands/info.ts';
import { keysCommand } from './commands/keys.ts';

export async function runCli(args: string[]): Promise<void> {
  try {
    await commandLine(args).parseAsync();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`3cx-relay: ${text}\nRun '3cx-relay --help' to see what there is.\n`);
    process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
}

function commandLine(args: string[]): ReturnType<typeof yargs> {
  return yargs(args)
    .scriptName('3cx-relay')
    .usage('Usage: $0 <command> [options]')
    .command(daemonCommand)
    .command(demoCommand)
    .command(doctorCommand)
    .command(infoCommand)
    .command(keysCommand)
    .example('$0 info', 'which version runs from where, on which Node')
    .example('$0 info --json', 'the same for a script')
    .strict()
    .demandCommand(1, 'which command?')
    .version(`3cx-relay ${VERSION}`)
    .alias({ help: 'h', version: 'V' })
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });
}
