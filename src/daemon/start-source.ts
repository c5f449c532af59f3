import { databaseOptions } from './config/database-options.ts';
import type { Intake } from './core/intake.ts';
import type { Journal } from './core/log/journal.ts';
import type { Heard } from './core/ports.ts';
import { loggerFor } from './logging/logger.ts';
import { type Health, upstreamError } from './oversight/build-health.ts';
import type { Building } from './relay/building.ts';
import { Database } from './sources/threecx/history/database/database.ts';
import { History } from './sources/threecx/history/history.ts';
import { HISTORY_BODY_MAX_BYTES } from './sources/threecx/http/xapi-client.ts';
import { SOURCE_NAME } from './sources/threecx/options.ts';
import { ThreeCxSource } from './sources/threecx/source.ts';

interface SourceNeeds {
  intake: Intake;
  health: Health;
  journal: Journal;
}

/** The phone system: its live events, and the way to its records. */
export async function startSource(
  { config, root, lifecycle, life, overrides }: Building,
  { intake, health, journal }: SourceNeeds,
): Promise<{ source: ThreeCxSource; database: Database; history: History }> {
  const { pbx, callControlAuth } = config;
  const { clock, sourceLimits: limits, databaseLimits } = overrides;
  const heardUntil = journal.heardUntil(SOURCE_NAME);
  const source = new ThreeCxSource(
    {
      pbxUrl: pbx.url,
      fqdn: pbx.fqdn,
      clientId: pbx.clientId,
      clientSecret: pbx.clientSecret,
      callControlAuth,
    },
    {
      ...{ sink: intake, health: health.board, clock, limits },
      onUpstreamFault: fault => health.errors.note(upstreamError(fault)),
      logger: loggerFor(root, 'threecx'),
      ...(heardUntil !== null && { heardUntil }),
      onHeard: heard => keepHeard({ intake, health, journal }, heard),
    },
  );
  const options = databaseOptions(config);
  const database = new Database({ options, health: health.board, clock, limits: databaseLimits });
  await source.start(life.signal);
  lifecycle.add({ name: 'source', stop: () => source.stop() });
  await database.start(life.signal);
  lifecycle.add({ name: 'database', stop: () => database.stop() });
  const xapi = {
    get: (path: string, signal?: AbortSignal) =>
      source.xapi.get(path, {
        signal: signal ? AbortSignal.any([signal, life.signal]) : life.signal,
        bodyMaxBytes: HISTORY_BODY_MAX_BYTES,
      }),
  };
  return { source, database, history: new History({ database, xapi, clock }) };
}

function keepHeard({ intake, health, journal }: SourceNeeds, heard: Heard): void {
  // A gap that was told must not be lost when what comes after it is kept.
  intake.flush();
  try {
    journal.noteHeard(SOURCE_NAME, heard);
  } catch (error) {
    // The next gap only begins earlier than it need.
    health.board.incident({ code: 'E_HEARD', place: 'journal', detail: String(error) });
  }
}
