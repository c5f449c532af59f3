import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
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
import { Gateway } from './front/gateway.ts';
import { Tokens } from './front/tokens.ts';
import { type PastOptions, pastCalls } from './office/past.ts';
import { type Options, optionsSchema, type SimulatorOptions } from './options.ts';
import { Pbx } from './pbx.ts';
import { Random } from './random.ts';
import type { MakeCallOutcome } from './xapi/contract.ts';
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
  const folder = await mkdtemp(join(tmpdir(), '3cx-simulator-'));
  try {
    return await assemble(options, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function assemble(options: Options, folder: string): Promise<Simulator> {
  const pbx = new Pbx(options);
  const { clock, directory, knobs, perform, switchboard } = pbx;
  const credentials = {
    clientId: options.clientId,
    clientSecret: options.clientSecret ?? randomBytes(24).toString('base64url'),
  };
  const random = new Random(options.seed);
  const tokens = new Tokens(credentials, knobs);
  const cdrSettings = new CdrSettingsStore();
  const cdrService = new CdrService({ settings: cdrSettings, outputFolder: join(folder, 'cdr') });
  const { database, databaseMissing } = await openDatabase(options, folder, pbx);
  const commands = new CallCommands({ switchboard, perform, clock, knobs });
  const rest = new CallControlRest({ switchboard, knobs, commands });
  const socket = new CallControlSocket({ switchboard, knobs, tokens, rest, random });
  const xapiParts = {
    ...{ directory, switchboard, knobs, cdrSettings, agents: pbx.agents, callLog: pbx.callLog },
    now: () => clock.now(),
    baseUrl: () => `http://127.0.0.1:${gateway.port}`,
    makeCall: (order: { dn: string; destination: string }) => makeCall(commands, order),
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
  });
  await gateway.start(options.port);
  if (database) pbx.onRecord(({ record }) => database.writeRecord(record));
  if (database) pbx.agents.onChange(ended => database.writeAgentInterval(ended));
  pbx.onRecord(({ record, callId }) => cdrService.write(record, callId));
  cdrService.start();
  pbx.start();

  const breakParts: BreakParts = { socket, tokens, gateway, perform };
  const controlled: Controlled = {
    pbx,
    breakIt: (name, order) => runBreak(breakParts, name, order),
    fillHistory: past => fillHistory({ pbx, database, past, seed: options.seed }),
  };
  const pbxUrl = `http://127.0.0.1:${gateway.port}`;
  const counts = () => ({
    calls: switchboard.calls.size,
    actions: pbx.actions,
    socketClients: socket.clients.size,
    framesSent: socket.framesSent,
    records: pbx.callLog.entries().length,
    tokensMinted: tokens.minted,
  });
  const control = new ControlServer({ simulator: controlled, counts });
  await control.start(options.controlPort);
  const addresses: Addresses = {
    pbxUrl,
    tokenUrl: `${pbxUrl}/connect/token`,
    socketUrl: `ws://127.0.0.1:${gateway.port}/callcontrol/ws`,
    controlUrl: `http://127.0.0.1:${control.port}`,
    ...credentials,
    database: database?.address ?? null,
    databaseMissing,
    version: knobs.current.version,
    seed: options.seed,
  };
  const stop = async (): Promise<void> => {
    pbx.stop();
    socket.stop();
    await Promise.all([gateway.stop(), control.stop(), cdrService.stop(), database?.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  const settled = (): Promise<void> => database?.settled() ?? Promise.resolve();
  return { ...controlled, addresses, settled, stop };
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

interface Filling {
  pbx: Pbx;
  database: Database | null;
  past: Pick<PastOptions, 'days' | 'callsPerDay'>;
  seed: number;
}

async function fillHistory({ pbx, database, past, seed }: Filling): Promise<number> {
  const hours = pastCalls({ directory: pbx.directory, seed, until: pbx.clock.now(), ...past });
  let count = 0;
  async function* batches() {
    for (const hour of hours) {
      for (const entry of hour) pbx.callLog.append(entry);
      count += hour.length;
      yield hour.map(entry => entry.record);
      // Servers and live calls go on while the past is written.
      await nextTurn();
    }
  }
  if (database) await database.fill(batches());
  else for await (const _ of batches());
  return count;
}

function makeCall(
  commands: CallCommands,
  { dn, destination }: { dn: string; destination: string },
): MakeCallOutcome {
  const outcome = commands.makeCall(dn, destination);
  if ('refused' in outcome) {
    return { finalStatus: 'Failed', reason: 'NotPossible', reasonText: outcome.refused, result: null };
  }
  const { id, callId, legId, status } = outcome;
  return {
    finalStatus: 'Success',
    reason: 'None',
    reasonText: '',
    result: { id, dn, callid: callId, legid: legId, status },
  };
}
