import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Most tests wait for sockets and timers, not for a processor.
    maxWorkers: 4,
    // A condition that never comes fails all the same; one that comes late on a busy machine is no fault.
    expect: { poll: { timeout: 12_000 } },
  },
});
