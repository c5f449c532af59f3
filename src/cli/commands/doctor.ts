import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { AppError } from '../../shared/errors.ts';
import { EXIT } from '../../shared/exit-codes.ts';
import { printJson, reporting } from '../output.ts';

interface DoctorOptions {
  json: boolean;
  plain: boolean;
  verbose: boolean;
  color: boolean;
  'key-file'?: string | undefined;
  'key-stdin': boolean;
}

const KEY_MAX_CHARS = 4096;

export const doctorCommand: CommandModule<object, DoctorOptions> = {
  command: 'doctor',
  describe: 'Find out what is wrong and how to mend it; changes nothing, with the daemon up or down',
  builder: args =>
    args
      .option('json', { type: 'boolean', default: false, describe: 'One JSON document for scripts' })
      .option('plain', {
        type: 'boolean',
        default: false,
        describe: 'A line a check: result, name, code, seen, fix; tabs between',
      })
      .option('verbose', { type: 'boolean', alias: 'v', default: false, describe: 'All that was seen' })
      .option('color', { type: 'boolean', default: true, describe: '--no-color: without colour' })
      .option('key-file', { type: 'string', describe: 'Try the API key in this file; - is stdin' })
      .option('key-stdin', { type: 'boolean', default: false, describe: 'Try the API key from stdin' })
      .example('$0 doctor', 'what is wrong, why, and what to do')
      .example('$0 doctor --json | jq .data.result', 'ok, warning or fail, for a script')
      .example('$0 doctor --key-file key.txt', 'also whether this key works')
      .epilog(`Exit code 0: nothing fails; ${EXIT.found}: something does. All codes: docs/doctor.md`),
  handler: options => reporting(options.json, () => runDoctor(options)),
};

async function runDoctor(options: DoctorOptions): Promise<void> {
  const key = await keyFrom(options);
  if (process.stdout.isTTY && process.stderr.isTTY && !options.json)
    process.stderr.write('Looking; this takes some seconds, 15 at most.\n');
  const [{ examineBeside }, { humanReport, plainReport }] = await Promise.all([
    import('../../daemon/doctor/doctor.ts'),
    import('../doctor-view.ts'),
  ]);
  const report = await examineBeside({ environment: process.env, key });
  if (report.result === 'fail') process.exitCode = EXIT.found;
  if (options.json) return printJson('doctor/1', report);
  const { verbose: isVerbose, color: mayColour } = options;
  process.stdout.write(options.plain ? plainReport(report) : humanReport(report, { isVerbose, mayColour }));
}

/** Never as a value of a flag: that would stand in the history of the shell and in the list of processes. */
async function keyFrom(options: DoctorOptions): Promise<string | null> {
  const file = options['key-file'];
  if (file === undefined && !options['key-stdin']) return null;
  const given = file === undefined || file === '-' ? await readStdin() : readKey(file);
  const key = given.trim();
  if (key !== '' && key.length <= KEY_MAX_CHARS && !/\s/.test(key)) return key;
  throw new AppError('E_BAD_REQUEST', { detail: 'What was given holds no API key: one line is expected.' });
}

async function readStdin(): Promise<string> {
  const { text } = await import('node:stream/consumers');
  return text(process.stdin);
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new AppError('E_NOT_FOUND', { detail: `The key file ${file} cannot be read (${why}).` });
  }
}
