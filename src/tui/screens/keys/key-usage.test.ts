import { afterEach, expect, it, vi } from 'vitest';
import type { UsageTold } from '../../../shared/control-api/told.ts';
import type { Dashboard } from '../../dashboard.ts';
import { KeyUsage } from './key-usage.ts';

const TOLD = { requests: 7 } as UsageTold;

afterEach(() => {
  vi.useRealTimers();
});

/** A daemon that answers when it is told to. */
function slowDaemon(): {
  asked: string[];
  open: PromiseWithResolvers<UsageTold>[];
  dashboard: Dashboard;
} {
  const asked: string[] = [];
  const open: PromiseWithResolvers<UsageTold>[] = [];
  const get = (path: string): Promise<UsageTold> => {
    asked.push(path.split('/')[3] ?? '');
    const answer = Promise.withResolvers<UsageTold>();
    open.push(answer);
    return answer.promise;
  };
  const dashboard = { desk: { get }, publisher: { now: () => {} } } as unknown as Dashboard;
  return { asked, open, dashboard };
}

it('asks for one key at a time, and of those passed meanwhile only for the last', async () => {
  const { asked, open, dashboard } = slowDaemon();
  const usage = new KeyUsage();
  for (let row = 0; row < 30; row++) usage.ask(`key${row}`, dashboard);
  expect(asked).toEqual(['key0']);
  open[0]?.resolve(TOLD);
  await vi.waitFor(() => expect(asked).toEqual(['key0', 'key29']));
  open[1]?.resolve(TOLD);
  await vi.waitFor(() => expect(usage.of('key29')).toBe(TOLD));
  expect([usage.of('key0'), usage.of('key1')]).toEqual([TOLD, 'asked']);
});

it('keeps the figures it has when the daemon does not tell', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { open, dashboard } = slowDaemon();
  const usage = new KeyUsage();
  usage.ask('new', dashboard);
  open[0]?.reject(new Error('away'));
  await vi.waitFor(() => expect(usage.of('new')).toBe('failed'));
  vi.setSystemTime(Date.now() + 60_000);
  usage.ask('new', dashboard);
  open[1]?.resolve(TOLD);
  await vi.waitFor(() => expect(usage.of('new')).toBe(TOLD));
  vi.setSystemTime(Date.now() + 60_000);
  usage.ask('new', dashboard);
  open[2]?.reject(new Error('away'));
  usage.ask('next', dashboard);
  await vi.waitFor(() => expect(open).toHaveLength(4));
  expect(usage.of('new')).toBe(TOLD);
});
