import { setTimeout as wait } from 'node:timers/promises';
import type { CheckReport, DoctorReport } from '../../shared/conditions/doctor-report.ts';
import { AppError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/version.ts';
import type { Check, Finding } from './check.ts';
import { CHECKS, GENERAL } from './checks.ts';
import type { Context } from './context.ts';

/** Of all together; whoever waits for the answer is told within fifteen seconds. */
const TOTAL_MS = 12_000;
const CHECK_MS = 5000;
/** A server that is silent is not waited for. */
const CLOSE_MS = 500;
const HELD_BY_DAEMON =
  'the daemon holds the only token, and a second one would end it; its own words stand under daemon';

/** A check's report, and whether those that need it may run. */
interface Done {
  report: CheckReport;
  isSound: boolean;
}

interface Examining {
  checks?: readonly Check[];
  /** Told each, as soon as it is done. */
  onCheck?: (report: CheckReport) => void;
}

/** Runs all checks, side by side where they do not need each other. Never throws for what a check does. */
export async function examine(
  context: Context,
  { checks = CHECKS, onCheck = () => {} }: Examining = {},
): Promise<DoctorReport> {
  const beganAt = performance.now();
  const startedAt = new Date(context.clock.now()).toISOString();
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), TOTAL_MS);
  const running = new Map<string, Promise<Done>>();
  for (const check of checks) {
    const needed = check.needs.map(name => ({ name, done: running.get(name) }));
    const done = inTurn({ check, needed, context, signal: ending.signal });
    running.set(check.name, done);
    void done.then(({ report }) => onCheck(report));
  }
  const done = await Promise.all(running.values());
  clearTimeout(timer);
  ending.abort();
  await Promise.race([context.close(), wait(CLOSE_MS)]);
  const reports = done.map(({ report }) => report);
  return {
    result: worstOf(reports),
    daemon: daemonOf(context),
    version: VERSION,
    startedAt,
    durationMs: Math.round(performance.now() - beganAt),
    checks: reports,
  };
}

interface Turn {
  check: Check;
  needed: { name: string; done: Promise<Done> | undefined }[];
  context: Context;
  signal: AbortSignal;
}

async function inTurn({ check, needed, context, signal }: Turn): Promise<Done> {
  for (const { name, done } of needed) {
    if (done && !(await done).isSound) {
      const finding: Finding = { code: 'SKIPPED', evidence: [`see ${name}`] };
      return { report: reportOf(check, finding, 0), isSound: false };
    }
  }
  if (check.isWithToken && !context.mayUseToken) {
    return { report: reportOf(check, { code: 'SKIPPED', evidence: [HELD_BY_DAEMON] }, 0), isSound: false };
  }
  const beganAt = performance.now();
  const finding = await withinTime(check, context, signal);
  const report = reportOf(check, finding, Math.round(performance.now() - beganAt));
  return { report, isSound: report.result !== 'fail' && !check.endsWith?.includes(report.code) };
}

async function withinTime(check: Check, context: Context, signal: AbortSignal): Promise<Finding> {
  const { promise: late, resolve } = Promise.withResolvers<Finding>();
  const own = new AbortController();
  const limitMs = check.limitMs ?? CHECK_MS;
  const giveUp = (evidence: string): void => {
    resolve({ code: 'TIMED_OUT', evidence: [evidence] });
    own.abort();
  };
  const timer = setTimeout(() => giveUp(`nothing within ${limitMs / 1000} s`), limitMs);
  const onEnd = (): void => giveUp(`not done when all checks together had taken ${TOTAL_MS / 1000} s`);
  signal.addEventListener('abort', onEnd, { once: true });
  if (signal.aborted) onEnd();
  try {
    const running = check.run(context, own.signal);
    // Whatever it does after its time is over is nobody's business.
    running.catch(() => {});
    return await Promise.race([running, late]);
  } catch (error) {
    return { code: 'BROKEN', evidence: [wordsOf(error)] };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onEnd);
  }
}

function reportOf(check: Check, { code, evidence }: Finding, durationMs: number): CheckReport {
  const { name, looksAt } = check;
  const fault = check.faults[code] ?? GENERAL[code];
  const result = fault?.result ?? (code === 'SKIPPED' ? 'skipped' : 'ok');
  const why = { cause: fault?.cause ?? null, fix: fault?.fix ?? null };
  return { name, looksAt, result, code, evidence, ...why, durationMs };
}

function worstOf(reports: readonly CheckReport[]): DoctorReport['result'] {
  const results = new Set(reports.map(({ result }) => result));
  if (results.has('fail')) return 'fail';
  return results.has('warning') ? 'warning' : 'ok';
}

function daemonOf({ presence }: Context): DoctorReport['daemon'] {
  if (presence.kind === 'stopped' || presence.kind === 'unknown') return presence.kind;
  return 'running';
}

function wordsOf(error: unknown): string {
  if (error instanceof AppError) return error.detail;
  return error instanceof Error ? error.message : String(error);
}
