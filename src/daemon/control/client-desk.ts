import { CLOSE } from '../../shared/relay-api.ts';
import type { Journal } from '../core/log/journal.ts';
import type { ControlParts } from '../outlets/control/parts.ts';
import type { RelayServer } from '../outlets/relay/relay-server.ts';

/** Connected programs as operators see them. */
export function clientDesk(relay: RelayServer, journal: Journal): ControlParts['clients'] {
  return {
    list: () =>
      relay.clients().map(({ session, ...client }) => {
        const { state } = session;
        return { ...client, ...state, lag: Math.max(0, journal.head - state.position) };
      }),
    close: id => {
      const client = relay.clients().find(one => one.id === id);
      // Not 4401 or 4403, after which programs stay away: key and rights are as they were.
      client?.session.close(CLOSE.goingAway, 'closed by an operator');
      return client !== undefined;
    },
  };
}
