import type { LiveSigns } from '../core/ports.ts';
import type { ApiKey } from '../guards/keys/key-table.ts';
import type { LiveView, TokenView } from './live-view.ts';

/** The parts of a running daemon that the doctor asks. */
interface DaemonParts {
  board: { components: LiveView['components'] };
  source: {
    xapi: { get(path: string, request: { signal: AbortSignal }): Promise<unknown> };
    token: TokenView;
    liveSigns: LiveSigns;
  };
  journal: { isDurable: boolean };
  keys: { list(): ApiKey[]; isLive(key: ApiKey): boolean };
  relayUrl: string;
}

export function liveViewOf({ board, source, journal, keys, relayUrl }: DaemonParts): LiveView {
  return {
    components: () => board.components(),
    get: (path, signal) => source.xapi.get(path, { signal }),
    token: () => source.token,
    signs: () => source.liveSigns,
    isJournalDurable: () => journal.isDurable,
    liveKeys: () => keys.list().filter(key => keys.isLive(key)).length,
    relayUrl,
  };
}
