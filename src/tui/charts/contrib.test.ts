import { createRequire } from 'node:module';
import { afterEach, expect, it, vi } from 'vitest';
import { ContribCharts } from './contrib.ts';

const blessed = createRequire(import.meta.url)('blessed') as { screen(): void };

afterEach(() => {
  vi.restoreAllMocks();
});

it('leaves nobody listening for our signals when the library does not start', () => {
  const before = process.listeners('SIGTERM');
  vi.spyOn(blessed, 'screen').mockImplementation(() => {
    process.on('SIGTERM', () => {});
    throw new Error('there is no such terminal');
  });
  expect(() => new ContribCharts()).toThrow('there is no such terminal');
  expect(process.listeners('SIGTERM')).toEqual(before);
});
