import type { Operator } from '../guards/operators/operator.ts';
import type { Operators } from '../guards/operators/operators.ts';
import type { Principal } from '../guards/principal.ts';
import type { ControlRoute } from '../outlets/control/parts.ts';
import type { RelayServer } from '../outlets/relay/relay-server.ts';
import type { RelayRoute } from '../outlets/relay/routes/parts.ts';
import { StreamRegister } from '../outlets/relay/streams/stream-register.ts';

interface ReadsOptions {
  relay: RelayServer;
  operators: Pick<Operators, 'isLive'>;
}

const STREAMS_MAX = 50;
const LOOK_EVERY_MS = 1000;

/** The relay's own routes for reading, under `/admin`: operators may read all that any key could. */
export class OperatorReads {
  readonly routes: readonly ControlRoute[];
  readonly #operators: ReadsOptions['operators'];
  /** Their streams take no program's place. */
  readonly #streams = new StreamRegister({
    ...{ maxClients: STREAMS_MAX, maxPerKey: STREAMS_MAX, maxPerAddress: STREAMS_MAX },
  });
  /** Who stands behind each open stream, by the id that stands for a key. */
  readonly #readers = new Map<string, Operator>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ relay, operators }: ReadsOptions) {
    this.#operators = operators;
    this.routes = relay.readRoutes(this.#streams).map(route => this.#forOperators(route));
  }

  stop(): void {
    this.#streams.endAll();
    clearInterval(this.#timer);
  }

  #forOperators(route: RelayRoute): ControlRoute {
    const { query, ...rest } = route;
    return {
      ...rest,
      path: route.path.replace('/relay/', '/admin/'),
      right: 'viewer',
      // Tickets are for pages, which cannot come here.
      ...(query && { query: 'ticket' in query.shape ? query.omit({ ticket: true }) : query }),
      handle: async call => {
        const who = readerOf(call.who);
        const { params, query: asked, body, request, response, headers } = call;
        const reply = await route.handle({
          ...{ params, query: asked, body, who, request, response, headers },
          // Made only for who asks for it.
          get signal() {
            return call.signal;
          },
        });
        if (reply === 'taken') this.#watch(who.keyId, call.who);
        return reply;
      },
    };
  }

  #watch(id: string, who: Operator): void {
    this.#readers.set(id, who);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  #look(): void {
    const open = new Set(this.#streams.clients().map(({ keyId }) => keyId));
    for (const [id, who] of this.#readers) {
      if (!open.has(id)) this.#readers.delete(id);
      else if (!this.#isStillLive(who)) this.#streams.endOfKey(id);
    }
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A state file that cannot be read at the moment throws nobody out: no new request would be let in. */
  #isStillLive(who: Operator): boolean {
    try {
      return this.#operators.isLive(who);
    } catch {
      return true;
    }
  }
}

/** An operator in the place of a key without any limits. */
function readerOf({ name, login }: Operator): Principal {
  return {
    keyId: login?.jti ?? 'operator-token',
    name,
    permissions: ['read'],
    ...{ extensions: null, queues: null, onlyDns: null, networks: null, sourceNetworks: null },
    ratePerMinute: Number.POSITIVE_INFINITY,
    expiresAt: login?.expiresAt ?? null,
  };
}
