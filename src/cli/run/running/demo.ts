import { once } from 'node:events';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { loadConfig } from '../../../daemon/config/config.ts';
import { startDaemon } from '../../../daemon/daemon.ts';
import { createLogger, secretsOf } from '../../../daemon/logging/logger.ts';
import { RecentLines } from '../../../daemon/logging/recent-lines.ts';
import { startSimulator } from '../../../simulator/simulator.ts';

interface DemoOptions {
  home: string;
  isHeadless: boolean;
  /** Shows the dashboard until somebody leaves it; null: there is nobody to look at one. */
  openScreen: ((shown: { socket: string; toTry: string }) => Promise<void>) | null;
  seed: number;
  callsPerMinute: number;
  port: number;
  /** As ALLOWED_ORIGINS has it; undefined: no page of another origin. */
  allowedOrigins: string | undefined;
}

/** The simulated 3CX and a relay beside it, until a signal comes. Everything lies in `home`. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { home, isHeadless, openScreen, seed, callsPerMinute, port, allowedOrigins } = options;
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process, 'SIGHUP')]);
  const simulator = await startSimulator({ seed, callsPerMinute });
  try {
    const { pbxUrl, clientId, clientSecret, database, databaseMissing } = simulator.addresses;
    const environment = {
      RELAY_HOME: home,
      FQDN: '127.0.0.1',
      PBX_URL: pbxUrl,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
      PORT: String(port),
      LOG_LEVEL: openScreen === null ? 'warn' : 'info',
      ...(database && { DB_INI: database.iniFile }),
      ...(allowedOrigins !== undefined && { ALLOWED_ORIGINS: allowedOrigins }),
    };
    const load = () => loadConfig({ environment });
    const loaded = load();
    const { config } = loaded;
    const lines = new RecentLines();
    const secrets = secretsOf(config);
    // On a screen that is drawn on, lines of a log would lie across it; there they stand in the dashboard.
    const output = openScreen === null ? process.stderr : nowhere;
    const logger = createLogger({ level: config.logLevel, secrets, output, lines });
    const daemon = await startDaemon(config, logger, {}, { lines, settings: { loaded, load } });
    try {
      const { key } = await daemon.keys.create(
        { name: 'demo', permissions: ['read', 'write', 'metrics'] },
        'demo',
      );
      const told = {
        relayUrl: daemon.relayUrl,
        apiKey: key,
        controlSocket: config.paths.controlSocket,
        pbxUrl,
      };
      if (databaseMissing !== null)
        process.stderr.write(`No database, so history comes by XAPI: ${databaseMissing}\n`);
      if (openScreen === null) {
        process.stdout.write(isHeadless ? `${JSON.stringify(told)}\n` : demoText(told));
        await stopped;
      } else await openScreen({ socket: told.controlSocket, toTry: demoText(told) });
    } finally {
      await daemon.stop();
    }
  } finally {
    await simulator.stop();
  }
}

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

interface Told {
  relayUrl: string;
  apiKey: string;
  controlSocket: string;
  pbxUrl: string;
}

function demoText({ relayUrl, apiKey, controlSocket, pbxUrl }: Told): string {
  const auth = `-H "Authorization: Bearer ${apiKey}"`;
  return `3cx-relay runs at ${relayUrl}, beside a simulated 3CX at ${pbxUrl}. Ctrl-C ends both and removes everything.

See the calls of this moment:
  curl -s ${auth} ${relayUrl}/relay/active-calls

Follow every call event as it happens (it resumes by itself):
  curl -sN ${auth} -H "Accept: text/event-stream" ${relayUrl}/relay/events

The same by WebSocket:
  npx wscat -H "Authorization: Bearer ${apiKey}" -c ${relayUrl.replace('http', 'ws')}/relay/ws

Past calls as a table:
  curl -s ${auth} -H "Accept: text/csv" ${relayUrl}/relay/call-history

Whether all is well:
  curl -s ${relayUrl}/relay/health

Look after it, in another terminal:
  RELAY_HOME=${dirname(controlSocket)} 3cx-relay status
`;
}
