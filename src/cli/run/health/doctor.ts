import { readFileSync } from 'node:fs';
import { AppError } from '../../../shared/errors.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import type { GivenOf } from '../../command.ts';
import type { doctorCommand } from '../../commands/health.ts';
import type { Answer } from '../../output/answer.ts';
import { note } from '../../output/print.ts';

type DoctorOptions = GivenOf<typeof doctorCommand>;

const KEY_MAX_CHARS = 4096;

export async function doctor(options: DoctorOptions): Promise<Answer> {
  const key = await keyFrom(options);
  if (process.stdout.isTTY && process.stderr.isTTY && !options.json)
    note(options, 'Looking; this takes some seconds, 15 at most.');
  const [{ examineBeside }, { humanReport, plainRows }] = await Promise.all([
    import('../../../daemon/doctor/doctor.ts'),
    import('./doctor-view.ts'),
  ]);
  const report = await examineBeside({ environment: process.env, key });
  return {
    schema: 'doctor/1',
    data: report,
    rows: () => plainRows(report),
    text: style => humanReport(report, { isVerbose: options.verbose, style }),
    ...(report.result === 'fail' && { exit: EXIT.found }),
  };
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
