import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './bench.ts';

let bench: Bench;
afterEach(() => bench.stop());

const FAULTS: [string, Record<string, unknown>, string][] = [
  ['401', { httpStatus: 401 }, 'refused'],
  ['403', { httpStatus: 403 }, '403'],
  ['404', { httpStatus: 404 }, '404'],
  ['429', { httpStatus: 429 }, 'slow down'],
  ['500', { httpStatus: 500 }, '500'],
  ['504', { httpStatus: 504 }, '504'],
  ['a web page', { httpGarbage: true }, 'a web page instead of JSON'],
  ['no answer', { httpHang: true }, 'did not answer within'],
];
const LIMITS = {
  responseMs: 150,
  totalMs: 300,
  activeCallsPauseMs: 50,
  contestedMs: 50,
  contestedCapMs: 100,
};

describe('XAPI fails while the socket is up', () => {
  it.each(FAULTS)('%s', async (_name, knobs, words) => {
    bench = await startBench({ limits: LIMITS });
    await bench.up();
    await expect.poll(() => bench.state('xapi')?.state).toBe('up');
    await bench.turn({ ...knobs, httpPath: '/xapi' });
    await expect.poll(() => bench.state('xapi')?.reason ?? '').toContain(words);
    await bench.act({ do: 'dial', call: 'x', by: '102', to: '101' });
    await expect.poll(() => bench.legs()).toEqual(['101/2 ringing 1', '102/1 dialing 1']);
    expect(bench.state('callcontrol')?.state).toBe('up');
    await bench.rig.control('DELETE', '/knobs');
    await expect.poll(() => bench.state('xapi')?.state, { timeout: 5000 }).toBe('up');
    expect(bench.drafts('gap')).toEqual([]);
  });
});

describe('call control by REST fails while its socket is up', () => {
  it.each(FAULTS)('%s', async (_name, knobs, words) => {
    bench = await startBench({ limits: { ...LIMITS, snapshotEveryMs: 50 } });
    await bench.up();
    await bench.turn({ ...knobs, httpPath: '/callcontrol' });
    await expect.poll(() => bench.state('callcontrol')?.reason ?? '').toContain(words);
    expect(bench.state('callcontrol')?.state).toBe('degraded');
    const before = bench.drafts('call_event').length;
    await bench.act({ do: 'dial', call: 'x', by: '102', to: '101' });
    await expect.poll(() => bench.drafts('call_event').length).toBe(before + 2);
    await bench.rig.control('DELETE', '/knobs');
    await expect.poll(() => bench.legs(), { timeout: 5000 }).toEqual(['101/2 ringing 1', '102/1 dialing 1']);
    await bench.up();
    expect(bench.drafts('gap')).toEqual([]);
  });
});

describe('the web server', () => {
  it('takes longer than any request may: that is a time-out, and asked again no sooner than usual', async () => {
    bench = await startBench({ knobs: { httpDelayMs: 400 }, limits: { responseMs: 5000, totalMs: 100 } });
    await expect.poll(() => bench.state('xapi')?.reason ?? '').toContain('did not answer within 0.1 s');
    await expect
      .poll(() => bench.state('callcontrol')?.reason ?? '')
      .toContain('did not answer within 0.1 s');
    await bench.turn({ httpDelayMs: 0 });
    await bench.up();
  });

  it('is slow, and nothing is lost', async () => {
    bench = await startBench({ knobs: { httpDelayMs: 60 } });
    await bench.up();
    for (const by of ['102', '103', '104', '105']) await bench.act({ do: 'dial', call: by, by, to: '101' });
    await expect.poll(() => bench.legs().length, { timeout: 5000 }).toBe(8);
  });

  it('fails at every other request, and the picture is whole in the end', async () => {
    bench = await startBench({ limits: { snapshotEveryMs: 200 } });
    await bench.up();
    await bench.turn({ httpStatus: 500, httpShare: 0.5 });
    for (const by of ['102', '103', '104', '105']) await bench.act({ do: 'dial', call: by, by, to: '101' });
    await expect.poll(() => bench.legs().length, { timeout: 8000 }).toBe(8);
    for (const by of ['102', '103', '104', '105']) await bench.act({ do: 'hangUp', call: by, by: 'caller' });
    await expect.poll(() => bench.legs(), { timeout: 8000 }).toEqual([]);
    expect(bench.drafts('gap')).toEqual([]);
  });

  it('more changes than may be asked for are answered by one snapshot', async () => {
    bench = await startBench({ limits: { questionsMax: 5 }, knobs: { httpDelayMs: 30 } });
    await bench.up();
    for (const by of ['102', '103', '104', '105', '106'])
      await bench.act({ do: 'dial', call: by, by, to: '101' });
    await expect.poll(() => bench.legs().length, { timeout: 5000 }).toBe(10);
    expect(bench.codes()).toContain('questions_overflow');
    expect(bench.drafts('call_event')).toHaveLength(10);
  });
});

describe('a restart of the phone system', () => {
  it('is told before the legs that carry old ids', async () => {
    bench = await startBench();
    await bench.up();
    await bench.play('restart');
    await expect.poll(() => bench.legs()).toEqual([]);
    await expect.poll(() => bench.facts('restarted').length).toBe(1);
    const restart = bench.handed.findIndex(one => 'fact' in one && one.fact.kind === 'restarted');
    const calls = (part: Bench['handed']) =>
      new Set(part.flatMap(one => ('fact' in one && one.fact.kind === 'leg' ? [one.fact.other.number] : [])));
    expect([...calls(bench.handed.slice(0, restart))]).toEqual(['+442079460101']);
    expect([...calls(bench.handed.slice(restart))]).toEqual(['+442079460188']);
  });

  it('is seen in the first snapshot when old ids are taken already', async () => {
    bench = await startBench({ socket: { firstRetryMs: 300 } });
    await bench.up();
    await bench.act({ do: 'dial', call: 'a', by: '102', to: '101' });
    await bench.act({ do: 'answer', call: 'a', dn: '101' });
    await expect.poll(() => bench.legs()).toEqual(['101/2 connected 1', '102/1 connected 1']);
    await bench.breakIt('restart');
    await bench.act({ do: 'dial', call: 'b', by: '104', to: '103' });
    await expect.poll(() => bench.legs(), { timeout: 5000 }).toEqual(['103/2 ringing 1', '104/1 dialing 1']);
    const kinds = bench.handed.flatMap(one => ('fact' in one ? [one.fact.kind] : []));
    expect(kinds.indexOf('restarted')).toBeLessThan(kinds.lastIndexOf('allLegs'));
    expect(bench.facts('restarted')).toHaveLength(1);
  });

  it('is not imagined when only the network failed', async () => {
    bench = await startBench();
    await bench.up();
    await bench.act({ do: 'dial', call: 'a', by: '102', to: '101' });
    await expect.poll(() => bench.legs()).toHaveLength(2);
    await bench.breakIt('cutSockets');
    await bench.act({ do: 'answer', call: 'a', dn: '101' });
    await expect.poll(() => bench.drafts('gap').length).toBe(1);
    await bench.act({ do: 'dial', call: 'c', by: '104', to: '103' });
    await expect.poll(() => bench.legs()).toHaveLength(4);
    expect(bench.facts('restarted')).toEqual([]);
  });
});
