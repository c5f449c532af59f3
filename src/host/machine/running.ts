import { CliError } from '../../shared/control/cli-error.ts';
import type { Host } from './host.ts';

const SHOWN_CHARS_MAX = 600;

/** Throws E_HOST with what the program said. */
export async function must(host: Host, program: string, args: readonly string[]): Promise<string> {
  const { code, output } = await host.run(program, args);
  if (code === 0) return output;
  const said = output.slice(-SHOWN_CHARS_MAX).trim();
  throw new CliError(
    'E_HOST',
    `'${program} ${args.join(' ')}' ended with ${code}${said === '' ? '' : `: ${said}`}.`,
    'Mend that, then try again.',
  );
}
