import { executionAsyncResource } from 'node:async_hooks';
import { AppError } from '../shared/errors.ts';
import { systemClock } from './clock.ts';
import { loadConfig } from './config/config.ts';
import { startDaemon } from './daemon.ts';
import { LogFiles } from './logging/log-files.ts';
import { createLogger, secretsOf } from './logging/logger.ts';
import { RecentLines } from './logging/recent-lines.ts';
import { SystemdNotice } from './service/systemd-notice.ts';
import { giveBackStartMemory } from './start-memory.ts';

/** Nothing restarts a daemon that cannot start as it is configured. */
const EXIT_CONFIG = 78;
const EXIT_FAILED = 1;

/**
 * V8: a full collection that finds no object of process.nextTick alive forgets how they look, and from then on each takes
 * 0.7 µs instead of 0.1, for good (Node 24.21). Every answer and every write to a socket makes several. So one is kept.
 */
const keptTicks: object[] = [];

/** The process edge: configuration, signals, exit code. */
export async function run(environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  process.nextTick(() => keptTicks.push(executionAsyncResource()));
  try {
    const load = () => loadConfig({ environment });
    const loaded = load();
    const { config } = loaded;
    const lines = new RecentLines();
    const files: LogFiles | null =
      config.logFolder === null
        ? null
        : new LogFiles({
            folder: config.logFolder,
            onFault: detail => logger.error({ detail }, 'log files'),
          });
    const logger = createLogger({ level: config.logLevel, secrets: secretsOf(config), lines, files });
    for (const warning of loaded.warnings) logger.warn({ warning }, 'configuration');
    const die = (error: unknown): void => {
      logger.fatal({ err: error }, 'a defect of ours: the process ends, the log is whole');
      process.exit(EXIT_FAILED);
    };
    process.on('uncaughtException', die);
    process.on('unhandledRejection', die);

    const notice = new SystemdNotice({
      environment,
      clock: systemClock,
      onFault: fault => logger.error({ fault }, 'not sound: systemd will start us again'),
    });
    const starting = startDaemon(config, logger, {}, { lines, settings: { loaded, load } });
    const stop = (): void => {
      notice.stopping();
      // The second signal ends the waiting.
      process.once('SIGINT', () => process.exit(EXIT_FAILED));
      process.once('SIGTERM', () => process.exit(EXIT_FAILED));
      starting
        .then(daemon => daemon.stop())
        .then(
          () => logger.info({}, 'stopped'),
          () => {},
        )
        .then(() => files?.close());
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    // From the first moment on: without a listener it would end the process.
    process.on('SIGHUP', () => {
      starting.then(
        daemon => daemon.reload(),
        () => {},
      );
    });
    const daemon = await starting;
    notice.ready({ status: () => daemon.signs().status, fault: () => daemon.signs().fault });
    giveBackStartMemory();
  } catch (error) {
    process.stderr.write(
      `3cx-relay: ${error instanceof AppError ? `${error.code} ${error.detail}` : String(error)}\n`,
    );
    process.exitCode = error instanceof AppError && error.code === 'E_CONFIG' ? EXIT_CONFIG : EXIT_FAILED;
  }
}
