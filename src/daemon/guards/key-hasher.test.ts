import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { KeyHasher } from './key-hasher.ts';

const QUEUE = 32;
const hasher = new KeyHasher();

afterEach(() => hasher.stop());

describe('the hasher', () => {
  it('makes bcrypt hashes of cost 10 and compares', async () => {
    const hash = await hasher.hash('secret');
    expect(hash).toMatch(/^\$2[aby]\$10\$/);
    expect(await hasher.compare('secret', hash)).toBe(true);
    expect(await hasher.compare('Secret', hash)).toBe(false);
  });

  it('works at another cost, for others who wait, where it is told to', async () => {
    const other = new KeyHasher({ cost: 4, waitingMax: 1, what: 'passwords' });
    const hash = await other.hash('secret');
    expect(hash).toMatch(/^\$2[aby]\$04\$/);
    const jobs = Promise.all([1, 2].map(() => other.compare('secret', hash)));
    await expect(other.compare('secret', hash)).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      detail: expect.stringContaining('passwords'),
    });
    expect(await jobs).toEqual([true, true]);
    await other.stop();
  });

  it('leaves the event loop free while it works', async () => {
    const hash = await hasher.hash('secret');
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await Promise.all(Array.from({ length: 8 }, () => hasher.compare('secret', hash)));
    delay.disable();
    // On the event loop each would hold it for 70 ms and more.
    expect(delay.percentile(90) / 1e6).toBeLessThan(35);
  });

  it('takes 32 that wait and refuses more, saying when to come again', async () => {
    const hash = await hasher.hash('secret');
    const jobs = Promise.allSettled(Array.from({ length: QUEUE + 1 }, () => hasher.compare('secret', hash)));
    const refused = hasher.compare('secret', hash);
    await expect(refused).rejects.toMatchObject({ code: 'E_UNAVAILABLE', retryAfterSeconds: 2 });
    await hasher.stop();
    const ended = await jobs;
    expect(ended.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0);
  });

  it('fails what waits when it is stopped, and works again when asked again', async () => {
    const failed = expect(hasher.hash('secret')).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    await hasher.stop();
    await failed;
    expect(await hasher.hash('secret')).toMatch(/^\$2/);
  });

  it('survives what bcrypt does not understand', async () => {
    await expect(hasher.compare('secret', 'no hash')).resolves.toBe(false);
    await expect(hasher.compare('x'.repeat(73), 'no hash')).rejects.toThrow('too long');
    expect(await hasher.hash('secret')).toMatch(/^\$2/);
  });
});
