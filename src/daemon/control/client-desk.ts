import type { Journal } from '../core/log/journal.ts';
import type { ControlParts } from '../outlets/control/parts.ts';
import type { RelayServer } from '../outlets/relay/relay-server.ts';

/** Connected programs as operators see them. */
export function clientDesk(relay: RelayServer, journal: Journal): ControlParts['clients'] {
  return {
    list: () =>
      relay.clients().map(({ stream, ...client }) => {
        const { state } = stream;
        return { ...client, ...state, lag: Math.max(0, journal.head - state.position) };
      }),
    close: id => {
      const client = relay.clients().find(one => one.id === id);
      client?.stream.end('closed');
      return client !== undefined;
    },
  };
}
