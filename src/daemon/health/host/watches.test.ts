import { expect, it } from 'vitest';
import type { ConditionCode } from '../../../shared/conditions/condition-table.ts';
import { HostWatch } from './host-watch.ts';
import { type HostProbes, hostWatches } from './watches.ts';

const MIB = 1_048_576;
const DAY_MS = 86_400_000;

/** The host as it is when all is well; a test says what is not. */
function look(probes: Partial<HostProbes>, again: () => void = () => {}): Map<ConditionCode, string> {
  const raised = new Map<ConditionCode, string>();
  const faults: string[] = [];
  const watch = new HostWatch({
    watches: hostWatches({
      clock: { now: () => 0, elapsed: () => 0 },
      folder: '/var/lib/3cx-relay',
      keys: () => [],
      hasAdmin: () => true,
      skewMs: () => 0,
      wideRights: () => null,
      freeBytes: () => 501 * MIB,
      residentBytes: () => 399 * MIB,
      loopDelayMs: () => 499,
      ...probes,
    }),
    conditions: {
      raise: (code, detail) => void raised.set(code, detail),
      clear: code => void raised.delete(code),
    },
    onFault: code => void faults.push(code),
  });
  watch.look();
  again();
  watch.look();
  watch.stop();
  for (const code of faults) raised.set(code as ConditionCode, 'fault');
  return raised;
}

it('finds nothing wrong where nothing is', () => {
  expect(look({})).toEqual(new Map());
});

it.each([
  ['DISK_LOW', { freeBytes: () => 499 * MIB }, '/var/lib/3cx-relay: 499 MiB are free.'],
  ['DISK_VERY_LOW', { freeBytes: () => 199 * MIB }, '/var/lib/3cx-relay: 199 MiB are free.'],
  ['MEMORY_HIGH', { residentBytes: () => 401 * MIB }, '401 MiB are in use.'],
  ['LOOP_BLOCKED', { loopDelayMs: () => 730 }, 'It stood still for 730 ms.'],
  ['CLOCK_SKEW', { skewMs: () => -95_000 }, "The phone system's clock is 95 s behind ours."],
  ['DATABASE_RIGHTS_WIDE', { wideRights: () => 'The login x may write.' }, 'The login x may write.'],
  ['NO_ADMIN', { hasAdmin: () => false }, 'No enabled user has the role admin.'],
  [
    'KEY_EXPIRES_SOON',
    {
      keys: () => [
        { id: 'k1', name: 'crm', expiresAt: 6 * DAY_MS, revokedAt: null },
        { id: 'k2', name: 'wall', expiresAt: DAY_MS, revokedAt: null },
        { id: 'k3', name: 'later', expiresAt: 8 * DAY_MS, revokedAt: null },
        { id: 'k4', name: 'gone', expiresAt: DAY_MS, revokedAt: 5 },
        { id: 'k5', name: 'ever', expiresAt: null, revokedAt: null },
      ],
    },
    'k2 (wall) on 1970-01-02T00:00:00.000Z, k1 (crm) on 1970-01-07T00:00:00.000Z.',
  ],
] as const)('%s', (code, probes, detail) => {
  expect(look(probes).get(code)).toBe(detail);
});

it('CLOCK_STEPPED is kept, though at the next look the clock runs as it should', () => {
  let wall = 0;
  const set = () => {
    wall = -7200_000;
  };
  const raised = look({ clock: { now: () => wall, elapsed: () => 0 } }, set);
  expect(raised.get('CLOCK_STEPPED')).toBe('It was set back by 7200 s.');
});

it('a loop that really stood still is noticed', async () => {
  const watches = hostWatches({
    ...{ clock: { now: () => 0, elapsed: () => 0 }, folder: '/', keys: () => [], hasAdmin: () => true },
    ...{ skewMs: () => 0, wideRights: () => null },
  });
  const loop = watches.find(({ code }) => code === 'LOOP_BLOCKED');
  await expect
    .poll(() => {
      const until = performance.now() + 900;
      while (performance.now() < until);
      return new Promise(resolve => setTimeout(() => resolve(loop?.look()), 150));
    })
    .toMatch(/stood still for/);
  loop?.stop?.();
});

it('one watch that cannot look does not keep the others from it', () => {
  const keys = () => {
    throw new Error('no table');
  };
  const raised = look({ keys, hasAdmin: () => false });
  expect([raised.get('KEY_EXPIRES_SOON'), raised.has('NO_ADMIN')]).toEqual(['fault', true]);
});
