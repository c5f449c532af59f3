import type { Config } from '../config/config.ts';
import type { Edge } from '../control/edge.ts';
import type { Lifecycle } from '../lifecycle.ts';
import type { RootLogger } from '../logging/logger.ts';
import type { DaemonOverrides } from './overrides.ts';

/** What the whole daemon is built with. */
export interface Building {
  config: Config;
  root: RootLogger;
  lifecycle: Lifecycle;
  life: AbortController;
  overrides: DaemonOverrides;
  edge: Edge;
}
