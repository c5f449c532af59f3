import type { Config } from '../../config/config.ts';
import { databaseOptions } from '../../config/database-options.ts';
import type { Clock } from '../../core/ports.ts';
import { climb } from '../../sources/threecx/history/database/climb.ts';
import { loginLadder } from '../../sources/threecx/history/database/database-login.ts';
import type { LoginTry } from '../../sources/threecx/history/database/login.ts';
import type { TextRow } from '../../sources/threecx/history/database/statement.ts';
import type { Host } from '../host.ts';

type Climbed = Awaited<ReturnType<typeof climb>>;
type Standing = NonNullable<Climbed['standing']>;

const CONNECT_TIMEOUT_MS = 3000;
/** Beside what a running daemon has: the server is the PBX's. */
const CONNECTIONS_MAX = 2;

interface Parts {
  config: Config;
  host: Pick<Host, 'databasePlaces'>;
  clock: Clock;
}

/** The way into the PBX's database, found as the daemon finds it, on connections of our own. */
export class DatabaseProbe {
  readonly #options;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #climbed: Promise<Climbed> | null = null;

  constructor({ config, host, clock }: Parts, signal: AbortSignal) {
    this.#options = {
      ...databaseOptions(config),
      ...host.databasePlaces,
      ...{ poolMax: CONNECTIONS_MAX, poolMin: 0, connectTimeoutMs: CONNECT_TIMEOUT_MS },
    };
    this.#clock = clock;
    this.#signal = signal;
  }

  ladder(): Promise<LoginTry[]> {
    return loginLadder(this.#options);
  }

  climbed(): Promise<Climbed> {
    this.#climbed ??= climb({
      ...{ options: this.#options, clock: this.#clock, signal: this.#signal },
      onFault: () => {},
    });
    return this.#climbed;
  }

  /** Only for checks that need the login. */
  async standing(): Promise<Standing> {
    const { standing } = await this.climbed();
    if (standing === null) throw new Error('there is no login');
    return standing;
  }

  async ask(text: string, signal: AbortSignal): Promise<TextRow[]> {
    return (await this.standing()).sessions.query({ text, values: [] }, signal);
  }

  async close(): Promise<void> {
    const climbed = await this.#climbed?.catch(() => null);
    await climbed?.standing?.sessions.close();
  }
}
