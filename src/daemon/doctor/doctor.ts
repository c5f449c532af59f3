import type { CheckReport, DoctorReport } from '../../shared/conditions/doctor-report.ts';
import { AppError } from '../../shared/errors.ts';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/config.ts';
import type { Clock } from '../core/ports.ts';
import { Context } from './context.ts';
import { examine } from './examine.ts';
import { HOST, type Host } from './host.ts';
import type { LiveView } from './live-view.ts';
import { presenceOf } from './presence.ts';

interface Beside {
  environment: Readonly<Record<string, string | undefined>>;
  /** A key to try; never shown. */
  key?: string | null;
  clock?: Clock;
  /** What tests replace of the machine. */
  host?: Partial<Host>;
}

/** From a process of its own, whether a daemon runs or not: while one does, its token is left alone. */
export async function examineBeside({
  environment,
  key = null,
  clock = systemClock,
  host = {},
}: Beside): Promise<DoctorReport> {
  const loaded = loadedOrWhy(environment);
  const presence = 'config' in loaded ? await presenceOf(loaded.config) : unknownFolder;
  return examine(new Context({ loaded, presence, host: { ...HOST, ...host }, clock, key }));
}

interface Inside {
  /** Told each, as soon as it is done. */
  onCheck?: (report: CheckReport) => void;
  config: Config;
  live: LiveView;
  clock: Clock;
  key?: string | null;
  host?: Partial<Host>;
}

/** The same checks inside the daemon, with what it holds itself. */
export function examineInside({
  config,
  live,
  clock,
  key = null,
  host = {},
  onCheck,
}: Inside): Promise<DoctorReport> {
  const loaded = { config, warnings: [] };
  const presence = { kind: 'inside', live } as const;
  const context = new Context({ loaded, presence, host: { ...HOST, ...host }, clock, key });
  return examine(context, { ...(onCheck && { onCheck }) });
}

const unknownFolder = { kind: 'unknown', why: 'without a configuration its folder is not known' } as const;

function loadedOrWhy(environment: Beside['environment']): Context['loaded'] {
  try {
    return loadConfig({ environment });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
