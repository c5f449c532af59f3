import { setTimeout as wait } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

// A thread of holdToHalfACore: half of the time the process stands still.
const HALF_MS = 25;

for (;;) {
  process.kill(workerData, 'SIGSTOP');
  await wait(HALF_MS);
  process.kill(workerData, 'SIGCONT');
  await wait(HALF_MS);
}
