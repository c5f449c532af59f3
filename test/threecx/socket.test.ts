import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './bench.ts';

let bench: Bench;
afterEach(() => bench.stop());

async function ringAt101(call = 'x'): Promise<void> {
  await bench.act({ do: 'dial', call, by: '102', to: '101' });
}

/** Index of the first thing handed over that fits, or -1. */
function placeOf(fits: (one: Bench['handed'][number]) => boolean, from = 0): number {
  return bench.handed.findIndex((one, index) => index >= from && fits(one));
}

async function outage(how: () => Promise<void>): Promise<{ from: number; to: number; detail: string }> {
  const before = Date.now();
  const gaps = bench.drafts('gap').length;
  await how();
  await expect.poll(() => bench.drafts('gap').length, { timeout: 10_000 }).toBe(gaps + 1);
  await bench.up();
  const gap = bench.bodies('gap').at(-1);
  expect(gap).toMatchObject({ scope: 'source', reason: 'upstream' });
  expect(gap.from).toBeGreaterThan(before - 1000);
  expect(gap.to).toBeGreaterThanOrEqual(gap.from);
  return gap;
}

describe('the link to call control', () => {
  it('comes up without a gap, and tells so in the log', async () => {
    bench = await startBench();
    await bench.up();
    expect(bench.bodies('link')).toContainEqual({ component: 'callcontrol', state: 'up', reason: null });
    expect(bench.state('callcontrol')).toMatchObject({ rung: 'call control by Bearer' });
    expect(bench.drafts('gap')).toEqual([]);
    await expect.poll(() => bench.state('callcontrol')?.latencyMs).toEqual(expect.any(Number));
    await expect.poll(() => bench.state('xapi')?.state).toBe('up');
  });

  it('tells the gap since the relay itself was last running', async () => {
    const heardUntil = Date.now() - 60_000;
    bench = await startBench({ parts: { heardUntil } });
    await bench.up();
    expect(bench.bodies('gap')).toEqual([
      expect.objectContaining({ from: heardUntil, detail: 'The relay was not running.' }),
    ]);
  });

  it('survives a cut in mid-frame: snapshot, what changed, then the gap, then up', async () => {
    bench = await startBench();
    await bench.up();
    const start = bench.handed.length;
    const gap = await outage(() => bench.breakIt('cutSockets'));
    expect(gap.detail).toContain('lost');
    const down = placeOf(one => 'draft' in one && one.draft.body.includes('"down"'), start);
    const legs = placeOf(one => 'fact' in one && one.fact.kind === 'allLegs', down);
    const told = placeOf(one => 'draft' in one && one.draft.type === 'gap', start);
    const up = placeOf(one => 'draft' in one && one.draft.body.includes('"up"'), down);
    expect([down, legs, told, up]).toEqual([down, legs, told, up].toSorted((a, b) => a - b));
    expect(down).toBeGreaterThanOrEqual(start);
  });

  it.each([1000, 1001, 1011])('comes back after a close with %i', async code => {
    bench = await startBench();
    await bench.up();
    const gap = await outage(() => bench.breakIt('closeSockets', { code }));
    expect(gap.detail).toContain(String(code));
  });

  it('finds a half-open link though TCP stays open', async () => {
    bench = await startBench();
    await bench.up();
    const gap = await outage(async () => {
      await bench.turn({ socketHalfOpen: true });
      await ringAt101();
      await expect.poll(() => bench.state('callcontrol')?.state).toBe('down');
      await bench.turn({ socketHalfOpen: false });
    });
    expect(gap.detail).toContain('pings unanswered');
    await expect.poll(() => bench.legs()).toEqual(['101/2 ringing 1', '102/1 dialing 1']);
  });

  it('finds a zombie: it pongs, but a snapshot knows what it never told', async () => {
    bench = await startBench({ limits: { snapshotEveryMs: 100 } });
    await bench.up();
    await bench.turn({ socketZombie: true });
    const gap = await outage(() => ringAt101());
    expect(gap.detail).toContain('snapshot disagreement');
    expect(bench.codes()).toContain('snapshot_disagreement');
    expect(bench.legs()).toEqual(['101/2 ringing 1', '102/1 dialing 1']);
  });

  it('does not take a late socket for a zombie', async () => {
    bench = await startBench({ limits: { snapshotEveryMs: 100, zombieGraceMs: 400 } });
    await bench.up();
    await bench.turn({ socketDelayMs: 150 });
    await ringAt101();
    await bench.act({ do: 'answer', call: 'x', dn: '101' });
    await bench.act({ do: 'hangUp', call: 'x', by: 'caller' });
    await expect.poll(() => bench.drafts('call_event').length).toBeGreaterThan(5);
    await expect.poll(() => bench.legs()).toEqual([]);
    expect(bench.drafts('gap')).toEqual([]);
  });

  it('comes back when the web server does, with the calls that began meanwhile', async () => {
    bench = await startBench();
    await bench.up();
    const gap = await outage(async () => {
      await bench.breakIt('goDown', { seconds: 1 });
      await ringAt101();
      await expect.poll(() => bench.state('xapi')?.state).toBe('down');
    });
    expect(gap.to - gap.from).toBeGreaterThan(800);
    expect(bench.legs()).toEqual(['101/2 ringing 1', '102/1 dialing 1']);
    await expect.poll(() => bench.state('xapi')?.state, { timeout: 10_000 }).toBe('up');
  });

  it('dials when told to, and says when it would by itself', async () => {
    bench = await startBench({ socket: { firstRetryMs: 3_600_000 } });
    await bench.up();
    await bench.breakIt('closeSockets');
    await expect
      .poll(() => bench.state('callcontrol')?.nextAttemptAt ?? 0)
      .toBeGreaterThan(Date.now() + 3_000_000);
    bench.source.reconnect('callcontrol');
    await bench.up();
  });

  it('does not outlive its source', async () => {
    bench = await startBench();
    await bench.up();
    await bench.source.stop();
    const { length } = bench.handed;
    await expect.poll(async () => (await bench.rig.control('GET', '/status')).body.socketClients).toBe(0);
    await ringAt101();
    expect(bench.handed.length).toBe(length);
  });
});

describe('frames that are not as they should be', () => {
  it('garbage is counted, told as a hole, and mended by a snapshot', async () => {
    bench = await startBench();
    await bench.up();
    const gap = await outage(() => bench.breakIt('garbageFrame'));
    expect(gap.detail).toContain('cannot be read');
    expect(bench.codes()).toContain('not_json');
    expect(bench.state('callcontrol')?.state).toBe('up');
    await ringAt101();
    await expect.poll(() => bench.legs()).toHaveLength(2);
  });

  it('5 MB are passed on, 20 MB end the connection and nothing else', async () => {
    bench = await startBench();
    await bench.up();
    await bench.breakIt('hugeFrame', { bytes: 5_000_000 });
    await expect.poll(() => bench.drafts('call_event').at(-1)?.body.length ?? 0).toBeGreaterThan(5_000_000);
    const gap = await outage(() => bench.breakIt('hugeFrame', { bytes: 20_000_000 }));
    expect(gap.detail).toContain('Max payload size exceeded');
  });

  it('an unknown type is passed on, counted, and hurts nobody', async () => {
    bench = await startBench();
    await bench.up();
    await bench.breakIt('unknownEvent', { eventType: 77, entity: '/callcontrol/105' });
    await bench.breakIt('unknownEvent', { eventType: 0, entity: '/somewhere/else' });
    await expect.poll(() => bench.drafts('call_event').map(({ dns }) => dns)).toEqual([['105'], ['?']]);
    expect(bench.codes()).toEqual(['unknown_event_type']);
    expect(bench.drafts('gap')).toEqual([]);
  });

  it('a leg that does not exist is nobody', async () => {
    bench = await startBench();
    await bench.up();
    await bench.breakIt('phantomUpsert');
    await ringAt101();
    await expect.poll(() => bench.legs()).toEqual(['101/2 ringing 1', '102/1 dialing 1']);
    expect(bench.facts('legGone')).toEqual([]);
    expect(bench.codes()).toEqual([]);
  });

  it('repeats are many in the log and one state', async () => {
    bench = await startBench({ knobs: { socketRepeats: 10 } });
    await bench.up();
    await ringAt101();
    await expect.poll(() => bench.drafts('call_event').length).toBe(22);
    await expect.poll(() => bench.legs()).toHaveLength(2);
    expect(bench.facts('leg').length).toBeLessThan(22);
  });

  it('missed removes are found by the next snapshot', async () => {
    bench = await startBench({ limits: { snapshotEveryMs: 150, zombieGraceMs: 5000 } });
    await bench.up();
    await bench.turn({ socketMissedRemoves: 1 });
    await ringAt101();
    await expect.poll(() => bench.legs()).toHaveLength(2);
    await bench.act({ do: 'hangUp', call: 'x', by: 'caller' });
    await expect.poll(() => bench.legs(), { timeout: 3000 }).toEqual([]);
    expect(bench.codes()).toContain('snapshot_disagreement');
    expect(bench.state('callcontrol')?.state).toBe('up');
  });
});
