import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { streamAudio } from './callcontrol/audio.ts';
import { CallCommands } from './callcontrol/commands.ts';
import { CallControlRest } from './callcontrol/rest.ts';
import { CallControlSocket } from './callcontrol/socket.ts';
import { CdrService } from './cdr-service/cdr-service.ts';
import { CdrSettingsStore } from './cdr-service/cdr-settings.ts';
import { type BreakParts, runBreak } from './control/breaks.ts';
import { ControlServer } from './control/control-server.ts';
import type { Controlled } from './control/routes.ts';
import { type Database, type DatabaseAddress, startDatabase } from './database/database.ts';
import { fillHistory } from './fill-history.ts';
import { Gateway } from './front/gateway.ts';
import { selfSigned } from './front/self-signed.ts';
import { Tokens } from './front/tokens.ts';
import { createOwnFolder } from './life/own-folder.ts';
import { type Stop, stopAll } from './life/stop-all.ts';
import { type Options, optionsSchema, type SimulatorOptions } from './options.ts';
import { Pbx } from './pbx.ts';
import { Random } from './random.ts';
import { answerXapi } from './xapi/xapi.ts';

/** Where everything is; printed as one line when the simulator is ready. */
export interface Addresses {
  pbxUrl: string;
  tokenUrl: string;
  socketUrl: string;
  controlUrl: string;
  clientId: string;
  clientSecret: string;
  /** Null when there are no PostgreSQL binaries for this machine; `databaseMissing` says why. */
  database: DatabaseAddress | null;
  databaseMissing: string | null;
  version: string;
  seed: number;
}

export interface Simulator extends Controlled {
  readonly addresses: Addresses;
  /** Resolves when every record so far can be read from the database. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** A whole 3CX on loopback. Everything it writes is in one temporary folder, gone after `stop`. */
export async function startSimulator(given: SimulatorOptions = {}): Promise<Simulator> {
  const options = optionsSchema.parse(given);
  const stops: Stop[] = [];
  try {
    return await assemble(options, stops);
  } catch (error) {
    // Why it did not start counts, not what may go wrong besides.
    await stopAll(stops).catch(() => {});
    throw error;
  }
}

async function assemble(options: Options, stops: Stop[]): Promise<Simulator> {
  const pbx = new Pbx(options);
  const { knobs, perform, switchboard } = pbx;
  const { path: folder, remove } = await createOwnFolder();
  stops.push(remove);
  const credentials = {
    clientId: options.clientId,
    clientSecret: options.clientSecret ?? randomBytes(24).toString('base64url'),
  };
  const cdrSettings = new CdrSettingsStore();
  const cdrFolder = join(folder, 'cdr');
  const cdrService = new CdrService({ settings: cdrSettings, outputFolder: cdrFolder });
  const { database, databaseMissing } = await openDatabase(options, folder, pbx);
  if (database) stops.push(() => database.stop());
  const { gateway, socket, tokens } = buildFront({ pbx, credentials, cdrSettings, options });
  await gateway.start(options.port);
  stops.push(
    () => gateway.stop(),
    () => socket.stop(),
  );
  if (database) pbx.onRecord(({ record }) => database.writeRecord(record));
  if (database) pbx.agents.onChange(ended => database.writeAgentInterval(ended));
  pbx.onRecord(({ record, callId }) => cdrService.write(record, callId));
  stops.push(() => cdrService.stop());
  await cdrService.start();
  stops.push(() => pbx.stop());
  pbx.start();

  const breakParts: BreakParts = { socket, tokens, gateway, perform };
  const stopping = new AbortController();
  const { signal } = stopping;
  stops.push(() => stopping.abort());
  const controlled: Controlled = {
    pbx,
    breakIt: (name, order) => runBreak(breakParts, name, order),
    fillHistory: past => fillHistory({ pbx, database, past, seed: options.seed, signal }),
  };
  const status = () => ({
    calls: switchboard.calls.size,
    actions: pbx.actions,
    socketClients: socket.clients.size,
    framesSent: socket.framesSent,
    records: pbx.callLog.entries().length,
    tokensMinted: tokens.minted,
    cdr: { port: cdrService.port, fault: cdrService.fault, folder: cdrFolder },
    database: database?.writerState ?? null,
  });
  const control = new ControlServer({ simulator: controlled, status });
  await control.start(options.controlPort);
  stops.push(() => control.stop());
  const { url: pbxUrl } = gateway;
  const addresses: Addresses = {
    pbxUrl,
    tokenUrl: `${pbxUrl}/connect/token`,
    socketUrl: `${pbxUrl.replace('http', 'ws')}/callcontrol/ws`,
    controlUrl: control.url,
    ...credentials,
    database: database?.address ?? null,
    databaseMissing,
    version: knobs.current.version,
    seed: options.seed,
  };
  const settled = (): Promise<void> => database?.settled() ?? Promise.resolve();
  return { ...controlled, addresses, settled, stop: () => stopAll(stops) };
}

/** Nobody reaches us by this name, so the certificate never fits. */
const CERTIFICATE_HOST = 'pbx.example.com';

interface FrontParts {
  pbx: Pbx;
  credentials: { clientId: string; clientSecret: string };
  cdrSettings: CdrSettingsStore;
  options: Options;
}

/** All that clients reach over HTTP, not listening yet. */
function buildFront({ pbx, credentials, cdrSettings, options }: FrontParts): {
  gateway: Gateway;
  socket: CallControlSocket;
  tokens: Tokens;
} {
  const { agents, callLog, clock, directory, knobs, perform, switchboard } = pbx;
  const random = new Random(options.seed);
  const tokens = new Tokens(credentials, knobs);
  const commands = new CallCommands({ switchboard, perform, clock, knobs });
  const rest = new CallControlRest({ switchboard, knobs, commands });
  const socket = new CallControlSocket({ switchboard, knobs, tokens, rest, random });
  const xapiParts = {
    ...{ directory, switchboard, knobs, cdrSettings, agents, callLog },
    now: () => clock.now(),
    baseUrl: () => gateway.url,
    makeCall: (order: { dn: string; destination: string }) => commands.makeCall(order.dn, order.destination),
    clientId: credentials.clientId,
    lastUsed: () => tokens.lastUsedAt,
  };
  const gateway: Gateway = new Gateway({
    tokens,
    knobs,
    random,
    xapi: { answer: request => answerXapi(xapiParts, request) },
    callcontrol: {
      answer: request => rest.answer(request),
      stream: (request, raw) => streamAudio({ switchboard, knobs }, request, raw),
    },
    onUpgrade: (request, raw, head) => socket.upgrade(request, raw, head),
    identity: options.tls === 'selfSigned' ? selfSigned(CERTIFICATE_HOST) : null,
  });
  return { gateway, socket, tokens };
}

async function openDatabase(
  options: Options,
  folder: string,
  { directory, knobs }: Pbx,
): Promise<{ database: Database | null; databaseMissing: string | null }> {
  if (options.database === 'none')
    return { database: null, databaseMissing: 'switched off by --database none' };
  const opened = await startDatabase({
    folder,
    port: options.databasePort,
    layout: options.database,
    ini: options.ini ?? (options.database === 'older' ? 'callReports' : 'current'),
    knobs,
    operatorName: dn => directory.find(dn)?.name,
  });
  return 'missing' in opened
    ? { database: null, databaseMissing: opened.missing }
    : { database: opened, databaseMissing: null };
}
