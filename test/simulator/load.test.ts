import { afterEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

const FRAMES = 5000;
const FRAMES_PER_SECOND = 1000;

it('keeps up a thousand events a second without losing one', async () => {
  rig = await startRig({ callsPerMinute: 1400, extensions: 3000, queues: 40, speed: 20, seed: 5 });
  const headers = { authorization: `Bearer ${await rig.client.token()}` };
  const socket = new WebSocket(rig.simulator.addresses.socketUrl, { headers });
  let received = 0;
  let lastSequence = 0;
  let isInOrder = true;
  socket.on('message', data => {
    const { sequence } = JSON.parse(String(data));
    isInOrder &&= sequence === lastSequence + 1;
    lastSequence = sequence;
    received += 1;
  });
  await new Promise(resolve => socket.once('open', resolve));
  // Calls build up for a moment before their ends come as fast as their beginnings.
  await expect.poll(() => received, { timeout: 15_000, interval: 5 }).toBeGreaterThan(FRAMES);
  const [from, startedAt] = [received, performance.now()];
  await expect.poll(() => received, { timeout: 15_000, interval: 5 }).toBeGreaterThan(from + FRAMES);
  const rate = (received - from) / ((performance.now() - startedAt) / 1000);
  expect(rate).toBeGreaterThan(FRAMES_PER_SECOND);
  expect(isInOrder).toBe(true);
  socket.terminate();
});

it('plays the same day twice: the same frames for the same seed', async () => {
  const days: string[][] = [];
  for (let run = 0; run < 2; run++) {
    rig = await startRig({ speed: 200, seed: 7 });
    await rig.client.connect();
    await rig.control('PATCH', '/office', { callsPerMinute: 120 });
    await expect.poll(() => rig.client.frames.length, { timeout: 15_000 }).toBeGreaterThan(400);
    days.push(rig.client.frames.slice(0, 400).map(frame => `${frame.eventType} ${frame.entity}`));
    if (run === 0) await rig.stop();
  }
  expect(days[0]).toEqual(days[1]);
});
