import { afterEach, expect, it, vi } from 'vitest';
import { ContribCharts } from '../charts/contrib.ts';
import type { Dashboard } from '../dashboard.ts';
import { Look } from '../text/look.ts';
import { Charts } from './charts.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('draws curves of its own for good when the library fails at one', async () => {
  const draw = vi.spyOn(ContribCharts.prototype, 'draw').mockImplementation(() => {
    throw new Error('Canvas is not what it was');
  });
  const publisher = { soon: vi.fn() };
  const data = {
    eventRate: { values: [1, 2, 3], stepMs: 1000 },
    callCount: { values: [4, 5], stepMs: 1000 },
  };
  const look = new Look({ hasColor: true, isAscii: false });
  const dashboard = { data, look, publisher, link: { hasHeard: true } } as unknown as Dashboard;
  const charts = new Charts();
  const area = { width: 140, height: 14 };
  const plain = charts.lines(area, dashboard);
  await vi.waitFor(() => expect(publisher.soon).toHaveBeenCalled());
  expect(charts.lines(area, dashboard)).toEqual(plain);
  data.eventRate.values.push(4);
  charts.lines(area, dashboard);
  expect(draw).toHaveBeenCalledTimes(1);
});
