import { AppError } from '../../shared/errors.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { type Author, outcomeOf } from '../audit/entry.ts';
import type { Config, LoadedConfig } from '../config/config.ts';
import { VARIABLE_NAMES, type Values, type VariableName } from '../config/config-schema.ts';
import type { Logger } from '../logging/logger.ts';
import type { ControlParts } from '../outlets/control/parts.ts';
import type { Edge } from './edge.ts';

/** Variables that can change without a restart, and what makes them. */
export interface LiveSetting {
  names: readonly VariableName[];
  apply(config: Config): void;
}

interface RunningConfigOptions {
  settings: Edge['settings'];
  live: readonly LiveSetting[];
  audit: AuditLog;
  logger: Logger;
}

type Reloaded = ReturnType<ControlParts['config']['reload']>;

/** The configuration as it reads now, against the one in force. */
interface Reading {
  before: LoadedConfig;
  next: LoadedConfig;
  applied: VariableName[];
  needsRestart: VariableName[];
}

/** The configuration in force: what was read at the start, and what later readings could change. */
export class RunningConfig {
  readonly #options: RunningConfigOptions;
  #loaded: LoadedConfig | null;
  /** In force. */
  #values: Partial<Values>;
  #needsRestart: VariableName[] = [];

  constructor(options: RunningConfigOptions) {
    this.#options = options;
    this.#loaded = options.settings?.loaded ?? null;
    this.#values = { ...this.#loaded?.values };
  }

  view(): ReturnType<ControlParts['config']['view']> {
    const variables = (this.#loaded?.origins ?? []).map(row => ({
      ...row,
      needsRestart: this.#needsRestart.includes(row.name),
    }));
    return { variables, warnings: [...(this.#loaded?.warnings ?? [])] };
  }

  /** What a reload would do. Throws E_CONFIG with all mistakes. */
  preview(): Reloaded {
    const { next, applied, needsRestart } = this.#read();
    return { applied, needsRestart, warnings: [...next.warnings] };
  }

  /** Throws E_CONFIG with all mistakes, and then nothing has changed. Written down either way. */
  reload(by: Author): Reloaded {
    const { audit, logger } = this.#options;
    try {
      const done = this.#reload();
      const { applied, needsRestart } = done;
      audit.note({ by, action: 'config.reload', detail: { applied, needsRestart } });
      logger.info({ applied, needsRestart }, 'configuration read again');
      return done;
    } catch (error) {
      logger.error({ err: error }, 'the configuration was not taken over: all stays as it was');
      this.#noteFailed(by, error);
      throw error;
    }
  }

  #read(): Reading {
    const { settings, live } = this.#options;
    if (settings === null || this.#loaded === null) {
      const detail = 'This daemon was started with a fixed configuration. Start it anew with another one.';
      throw new AppError('E_CONFLICT', { detail });
    }
    const next = settings.load();
    const isOther = (name: VariableName): boolean =>
      JSON.stringify(next.values[name]) !== JSON.stringify(this.#values[name]);
    const other = VARIABLE_NAMES.filter(isOther);
    const applied = other.filter(name => live.some(({ names }) => names.includes(name)));
    const needsRestart = other.filter(name => !applied.includes(name));
    return { before: this.#loaded, next, applied, needsRestart };
  }

  #reload(): Reloaded {
    const { before, next, applied, needsRestart } = this.#read();
    for (const { names, apply } of this.#options.live)
      if (names.some(name => applied.includes(name))) apply(next.config);
    this.#values = { ...this.#values, ...Object.fromEntries(applied.map(name => [name, next.values[name]])) };
    this.#needsRestart = needsRestart;
    // What is shown of a variable that waits for a restart is what is in force.
    const origins = next.origins.map(row =>
      this.#needsRestart.includes(row.name)
        ? (before.origins.find(({ name }) => name === row.name) ?? row)
        : row,
    );
    this.#loaded = { ...next, origins };
    return { applied, needsRestart: [...this.#needsRestart], warnings: [...next.warnings] };
  }

  #noteFailed(by: Author, error: unknown): void {
    try {
      this.#options.audit.note({ by, action: 'config.reload', outcome: outcomeOf(error) });
    } catch {
      // The log line before tells it.
    }
  }
}
