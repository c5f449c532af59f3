import type { Journal } from '../core/log/journal.ts';
import type { RootLogger } from '../logging/logger.ts';
import { type Relay, relayCaps } from '../relay/build-relay.ts';
import type { LiveSetting } from './running-config.ts';

interface Steered {
  root: RootLogger;
  journal: Journal;
  relay: Relay;
}

/** All that changes without a restart. */
export function liveSettings({ root, journal, relay }: Steered): LiveSetting[] {
  return [
    { names: ['LOG_LEVEL'], apply: ({ logLevel }) => root.setLevel(logLevel) },
    { names: ['ALLOWED_ORIGINS'], apply: ({ allowedOrigins }) => relay.setAllowedOrigins(allowedOrigins) },
    {
      names: ['KEY_RATE_PER_MINUTE'],
      apply: ({ keyRatePerMinute }) => relay.keys.setRatePerMinute(keyRatePerMinute),
    },
    {
      names: ['WS_MAX_CLIENTS', 'WS_MAX_PER_KEY', 'WS_MAX_PER_IP', 'WS_HANDSHAKES_PER_SECOND'],
      apply: config => relay.server.setLimits(relayCaps(config)),
    },
    {
      names: ['JOURNAL_MAX_EVENTS', 'JOURNAL_MAX_AGE', 'JOURNAL_MAX_MB'],
      apply: config => journal.setLimits(config.journal),
    },
  ];
}
