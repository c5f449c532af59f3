import type { DoctorReport } from '../../../shared/conditions/doctor-report.ts';
import { CliError, toldOf } from '../../../shared/control/cli-error.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import type { GivenOf } from '../../command.ts';
import type { doctorCommand } from '../../commands/health.ts';
import { connect, durationFrom } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { note } from '../../output/print.ts';
import { readSecret, readStdin } from '../access/secret-input.ts';

type Given = GivenOf<typeof doctorCommand>;

const KEY_MAX_CHARS = 4096;
const KEY_CHECK = 'key';
/** One that hangs is a finding, and must leave time to look from outside. */
const GREETED_WITHIN_MS = 3000;
/** It promises fifteen seconds. */
const INSIDE_WITHIN_MS = 20_000;

export async function doctor(given: Given): Promise<Answer> {
  const key = await keyFrom(given);
  if (process.stdout.isTTY && process.stderr.isTTY && !given.json)
    note(given, 'Looking; this takes some seconds, 15 at most.');
  const [{ report, seenFrom }, { humanReport, plainRows }] = await Promise.all([
    look(given, key),
    import('./doctor-view.ts'),
  ]);
  return {
    schema: 'doctor/1',
    data: { ...report, seenFrom },
    rows: () => plainRows(report),
    text: style => humanReport(report, { seenFrom, isVerbose: given.verbose, style }),
    ...(report.result === 'fail' && { exit: EXIT.found }),
  };
}

interface Look {
  report: DoctorReport;
  seenFrom: 'inside' | 'outside';
}

/** A daemon that runs knows more than can be seen beside it. A key is tried from here, as a program uses it. */
async function look(given: Given, key: string | null): Promise<Look> {
  const fromOutside = async (): Promise<DoctorReport> => {
    const { examineBeside } = await import('../../../daemon/doctor/doctor.ts');
    return examineBeside({ environment: process.env, key });
  };
  // Side by side, as both together must not take longer than is promised.
  const [inside, outside] = await Promise.all([askInside(given), key === null ? null : fromOutside()]);
  if (inside === null) return { report: outside ?? (await fromOutside()), seenFrom: 'outside' };
  if (outside === null) return { report: inside, seenFrom: 'inside' };
  const tried = outside.checks.find(({ name }) => name === KEY_CHECK);
  const checks = inside.checks.map(check => (check.name === KEY_CHECK && tried ? tried : check));
  const results = new Set(checks.map(({ result }) => result));
  const result = results.has('fail') ? 'fail' : results.has('warning') ? 'warning' : 'ok';
  return { report: { ...inside, result, checks }, seenFrom: 'inside' };
}

/** Null when no daemon can be asked; it says why, but not that there is none: that is a finding. */
async function askInside(given: Given): Promise<DoctorReport | null> {
  try {
    const greetMs = Math.min(durationFrom('timeout', given.timeout), GREETED_WITHIN_MS);
    const daemon = connect({ ...given, timeout: `${Math.ceil(greetMs / 1000)}s` });
    return await daemon.ask<DoctorReport>('/admin/doctor', { timeoutMs: INSIDE_WITHIN_MS });
  } catch (error) {
    const told = toldOf(error);
    if (told === null || told.code === 'E_USAGE') throw error;
    if (told.code !== 'E_DAEMON_AWAY')
      note(given, `The daemon was not asked, and all is seen from outside. ${told.message} (${told.code})`);
    return null;
  }
}

/** Never as a value of a flag: that would stand in the history of the shell and in the list of processes. */
async function keyFrom(given: Given): Promise<string | null> {
  const file = given['key-file'];
  if (file === undefined && !given['key-stdin']) return null;
  const text = file === undefined || file === '-' ? await readStdin() : readSecret(file);
  const key = text.trim();
  if (key !== '' && key.length <= KEY_MAX_CHARS && !/\s/.test(key)) return key;
  throw new CliError('E_USAGE', 'What was given is no API key.', 'It must be one line with the key alone.');
}
