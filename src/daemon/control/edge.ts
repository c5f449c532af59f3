import type { LoadedConfig } from '../config/config.ts';
import { RecentLines } from '../logging/recent-lines.ts';

/** What only the process edge has: where the configuration came from, and what was logged. */
export interface Edge {
  /** The newest lines of the root logger. */
  lines: RecentLines;
  /** Null: started with a configuration that cannot be read again. */
  settings: Settings | null;
}

interface Settings {
  loaded: LoadedConfig;
  /** Throws E_CONFIG. */
  load: () => LoadedConfig;
}

export function edgeWith(given: Partial<Edge>): Edge {
  return { lines: new RecentLines(), settings: null, ...given };
}
