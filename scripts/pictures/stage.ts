import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { LAUNCHER, pbxOf, Relay } from '../../bench/servers/relay.ts';
import type { BreakName } from '../../src/simulator/control/breaks.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

interface StageOptions {
  /** How long calls go on before the first picture: charts want some of it. */
  seconds: number;
}

const SEED = 7;
const EXTENSIONS = 40;
/** Calls a minute, in turn: a morning in an office, in a few minutes. */
const OFFICE = [12, 18, 26, 34, 30, 40, 32, 24, 28, 20];
const STEP_MS = 10_000;
const KEYS = [
  ['wallboard', '--permission', 'read', '--queue', '900'],
  ['crm', '--permission', 'read', '--permission', 'write', '--expires-in', '90d'],
  ['reports', '--permission', 'read', '--network', '127.0.0.0/8'],
  ['prometheus', '--permission', 'metrics'],
  ['voicebot', '--permission', 'read', '--permission', 'write', '--extension', '101', '--rate', '60'],
  ['old-crm', '--permission', 'read'],
] as const;

/** A simulated phone system with a relay beside it, programs that use it, and things that go wrong when asked for. */
export class Stage {
  readonly #simulator: Simulator;
  readonly #relay: Relay;
  readonly #sockets: WebSocket[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  private constructor(simulator: Simulator, relay: Relay) {
    this.#simulator = simulator;
    this.#relay = relay;
  }

  static async open({ seconds }: StageOptions): Promise<Stage> {
    const simulator = await startSimulator({ seed: SEED, extensions: EXTENSIONS });
    try {
      const variables = { LOG_LEVEL: 'fatal' };
      const relay = await Relay.start({ pbx: pbxOf(simulator.addresses), keys: 0, variables });
      const stage = new Stage(simulator, relay);
      await stage.#fill(seconds).catch(async error => {
        await stage.close();
        throw error;
      });
      return stage;
    } catch (error) {
      await simulator.stop();
      throw error;
    }
  }

  get home(): string {
    return this.#relay.home;
  }

  /** Frames that nobody can read, questions that are not answered. */
  async goWrong(): Promise<void> {
    const breaks: BreakName[] = [
      'garbageFrame',
      'unknownEvent',
      'garbageFrame',
      'phantomUpsert',
      'garbageFrame',
    ];
    for (const name of breaks) await this.#simulator.breakIt(name);
    const { knobs } = this.#simulator.pbx;
    knobs.turn({ httpStatus: 503, httpPath: '/xapi' });
    await wait(7000);
    knobs.turn({ httpStatus: null, httpPath: '/' });
    await this.#simulator.breakIt('cutSockets');
    await this.#relay.seesCalls();
  }

  /** The box for it is taken away in the Admin console. */
  async loseCallControl(): Promise<void> {
    this.#simulator.pbx.knobs.turn({ callControlEnabled: false });
    await this.#simulator.breakIt('cutSockets');
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.terminate();
    await this.#relay.stop();
    await this.#simulator.stop();
  }

  async #fill(seconds: number): Promise<void> {
    const { pbx } = this.#simulator;
    await this.#operate(['users', 'add', 'ada', '--role', 'admin', '--generate', '--json']);
    const keys = new Map<string, string>();
    for (const [name, ...rights] of KEYS) keys.set(name, await this.#newKey(name, rights));
    await this.#operate(['keys', 'revoke', keys.get('old-crm')?.split('_')[1] ?? '', '--yes']);
    await this.#connect(keys.get('crm'), '');
    await this.#connect(keys.get('wallboard'), '');
    await this.#connect(keys.get('reports'), '?after=0');
    await this.#connect(keys.get('voicebot'), '?types=call');
    this.#timers.push(setInterval(() => void this.#ask(keys.get('crm')), 1500));
    for (let step = 0; step * STEP_MS < seconds * 1000; step++) {
      pbx.openOffice(OFFICE[step % OFFICE.length] ?? 0);
      await wait(Math.min(STEP_MS, seconds * 1000));
    }
  }

  async #newKey(name: string, rights: readonly string[]): Promise<string> {
    const { stdout } = await this.#operate(['keys', 'create', '--name', name, ...rights, '--json']);
    return JSON.parse(stdout).data.key;
  }

  #operate(args: readonly string[]): Promise<{ stdout: string }> {
    return promisify(execFile)(LAUNCHER, args, { env: { ...process.env, RELAY_HOME: this.home } });
  }

  async #connect(key: string | undefined, query: string): Promise<void> {
    const socket = new WebSocket(`${this.#relay.url.replace('http', 'ws')}/relay/ws${query}`, {
      headers: { authorization: `Bearer ${key}` },
    });
    this.#sockets.push(socket);
    await once(socket, 'open');
    socket.on('error', () => {});
  }

  async #ask(key: string | undefined): Promise<void> {
    const headers = { authorization: `Bearer ${key}` };
    await fetch(`${this.#relay.url}/relay/active-calls`, { headers })
      .then(answer => answer.arrayBuffer())
      .catch(() => {});
  }
}
