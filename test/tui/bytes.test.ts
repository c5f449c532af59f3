import { afterEach, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

const UPDATE_MAX_BYTES = 2500;
const UPDATES = 8;
/** Each frame begins so. */
const FRAME = '\u001b[?2026h';

let rig: RelayRig;
let desktop: Desktop;
afterEach(async () => {
  await desktop.close();
  await rig.stop();
});

it('sends nothing to the terminal while nothing changes', async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/● up .*● up /);
  // The last second of the start has been told.
  await desktop.shows(/ 0 ev\/s/);
  for (const [key, title] of [
    ['2', /There is no call at this moment/],
    ['5', /test +active/],
  ] as const) {
    desktop.press(key);
    await desktop.shows(title);
    expect(await quietest()).toBe('""');
  }
  // It is not that nothing can be heard any more.
  rig.act({ do: 'dial', call: 'one', by: '101', to: '102' });
  await desktop.shows(/ 1 calls? /);
});

it('sends little when everything changes all the time', async () => {
  rig = await RelayRig.start({ callsPerMinute: 300, extensions: 100 });
  await rig.seesCalls();
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/● up .*● up /);
  for (const key of ['1', '2']) {
    desktop.press(key);
    await frames(4);
    const before = desktop.sent.length;
    await frames(UPDATES);
    const text = desktop.sent.slice(before);
    const count = text.split(FRAME).length - 1;
    expect(Buffer.byteLength(text) / count, `screen ${key}`).toBeLessThan(UPDATE_MAX_BYTES);
  }
});

/** What was sent in four seconds, the least of a few times: on a busy machine a condition may come up in between. */
async function quietest(): Promise<string> {
  let least = 'nothing was measured';
  for (let times = 0; times < 5 && least !== '""'; times += 1) {
    // What a screen asks for when it is opened has come by then.
    await secondsPass(2);
    const before = desktop.sent.length;
    await secondsPass(4);
    least = JSON.stringify(desktop.sent.slice(before));
  }
  return least;
}

/** As the daemon counts them: it tells its watchers something each second, worth drawing or not. */
async function secondsPass(seconds: number): Promise<void> {
  const uptime = async (): Promise<number> => (await rig.get('/relay/health')).body.uptime;
  const from = await uptime();
  await expect.poll(uptime, { interval: 200 }).toBeGreaterThanOrEqual(from + seconds);
}

async function frames(more: number): Promise<void> {
  const count = (): number => desktop.sent.split(FRAME).length - 1;
  const from = count();
  await expect.poll(count).toBeGreaterThanOrEqual(from + more);
}
