/** What `doctor` found, as it goes over the control API and into `doctor --json`. Fields are added, never renamed. */
export interface DoctorReport {
  /** The worst of all checks; what was skipped does not count. */
  result: 'ok' | 'warning' | 'fail';
  daemon: 'running' | 'stopped' | 'unknown';
  version: string;
  startedAt: string;
  durationMs: number;
  checks: CheckReport[];
}

export interface CheckReport {
  name: string;
  /** What it looks at, in words. */
  looksAt: string;
  result: CheckResult;
  /** OK, SKIPPED, TIMED_OUT, BROKEN, or one of the check's own; stable. */
  code: string;
  /** What was seen, a fact each. Never a secret, never a whole phone number. */
  evidence: string[];
  /** Null unless something is wrong. */
  cause: string | null;
  fix: string | null;
  durationMs: number;
}

export type CheckResult = 'ok' | 'warning' | 'fail' | 'skipped';
