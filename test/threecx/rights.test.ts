import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, startBench } from './bench.ts';

let bench: Bench;
afterEach(() => bench.stop());

async function minted(): Promise<number> {
  return (await bench.rig.control('GET', '/status')).body.tokensMinted;
}

function secretsIn(given: Bench): string[] {
  const { clientSecret } = given.rig.simulator.addresses;
  const basic = Buffer.from(`relay:${clientSecret}`).toString('base64');
  const all = JSON.stringify([given.healths, given.incidents, given.logged, given.handed]);
  return [clientSecret, basic, 'Bearer ey'].filter(secret => all.includes(secret));
}

describe('the token', () => {
  it.each(['minutes', 'seconds'])('is minted once for all, its life told in %s', async unit => {
    bench = await startBench({ knobs: { tokenExpiresInUnit: unit } });
    await bench.up();
    await expect.poll(() => bench.state('xapi')?.state).toBe('up');
    await expect.poll(() => bench.facts('allCalls').length).toBeGreaterThan(5);
    expect(await minted()).toBe(1);
  });

  it('is renewed ahead of its end, and nothing is refused meanwhile', async () => {
    bench = await startBench({ knobs: { tokenLifetimeSeconds: 2 } });
    await bench.up();
    await expect.poll(() => minted(), { timeout: 5000 }).toBeGreaterThanOrEqual(3);
    expect(await minted()).toBeLessThanOrEqual(5);
    expect(bench.healths.filter(({ state }) => state === 'down')).toEqual([]);
  });

  it('is renewed exactly once when another program takes one', async () => {
    bench = await startBench();
    await bench.up();
    const before = await minted();
    await bench.breakIt('mintToken');
    const answers = bench.facts('allCalls').length;
    await expect.poll(() => bench.facts('allCalls').length).toBeGreaterThan(answers + 5);
    expect(await minted()).toBe(before + 2);
    expect(bench.state('xapi')?.state).toBe('up');
  });

  it('is not fought for when the other program keeps taking it', async () => {
    bench = await startBench();
    await bench.up();
    const before = await minted();
    let theirs = 0;
    await expect
      .poll(
        async () => {
          await bench.breakIt('mintToken');
          theirs += 1;
          return bench.state('xapi')?.reason ?? '';
        },
        { interval: 30 },
      )
      .toContain('Another program probably uses the same client id');
    expect((await minted()) - before - theirs).toBeLessThanOrEqual(1);
    expect(bench.state('xapi')?.nextAttemptAt).toBeGreaterThan(Date.now());
  });

  it('all tokens void: one renewal, and a cut socket dials with the new one', async () => {
    bench = await startBench();
    await bench.up();
    await bench.breakIt('revokeTokens');
    await bench.breakIt('closeSockets');
    await expect.poll(() => bench.drafts('gap').length).toBe(1);
    await bench.up();
    expect(await minted()).toBe(2);
  });

  it('refused credentials are not tried again until an operator says so', async () => {
    bench = await startBench({ options: { clientSecret: 'wrong' } });
    await expect.poll(() => bench.state('callcontrol')?.reason ?? '').toContain('CLIENT_SECRET is refused');
    await expect.poll(() => bench.state('xapi')?.reason ?? '').toContain('CLIENT_SECRET is refused');
    expect(bench.state('xapi')?.nextAttemptAt ?? 0).toBeGreaterThan(Date.now() + 50_000);
    expect(bench.state('callcontrol')?.nextAttemptAt ?? 0).toBeGreaterThan(Date.now() + 50_000);
    expect(secretsIn(bench)).toEqual([]);
  });

  it.each([
    [404, 'no token endpoint at PBX_URL'],
    [500, 'fails (500)'],
    [403, 'Console Restrictions'],
    [429, 'slow down'],
  ])('%i of its endpoint is named for what it is, and got over', async (status, words) => {
    bench = await startBench({ knobs: { tokenStatus: status } });
    await expect.poll(() => bench.state('callcontrol')?.reason ?? '').toContain(words);
    await bench.turn({ tokenStatus: null });
    bench.source.reconnect('callcontrol');
    bench.source.reconnect('xapi');
    await bench.up();
    await expect.poll(() => bench.state('xapi')?.state).toBe('up');
  });
});

describe('the upgrade', () => {
  it('tries Basic where Bearer is refused with a fresh token, and says what was tried', async () => {
    bench = await startBench({ knobs: { socketStatus: 401 } });
    await expect
      .poll(() => bench.state('callcontrol')?.reason ?? '')
      .toContain('refused (401) with Bearer with a new token and with Basic');
    expect(secretsIn(bench)).toEqual([]);
    await bench.turn({ socketStatus: null });
    await bench.up();
    expect(bench.state('callcontrol')?.rung).toBe('call control by Bearer');
  });

  it('uses Basic alone when told to', async () => {
    bench = await startBench({ options: { callControlAuth: 'basic' } });
    await expect.poll(() => bench.state('callcontrol')?.reason ?? '').toContain('refused (401) with Basic');
    expect(bench.state('callcontrol')?.state).toBe('down');
    await expect.poll(() => bench.state('xapi')?.state).toBe('up');
  });
});

describe('rights', () => {
  it('without licence the list of calls stands in, degraded; and steps back when it is there', async () => {
    bench = await startBench({ knobs: { licence: 'pro' } });
    await expect.poll(() => bench.state('callcontrol')?.state).toBe('degraded');
    expect(bench.state('callcontrol')).toMatchObject({ rung: 'XAPI ActiveCalls' });
    expect(bench.state('callcontrol')?.reason).toContain('Enterprise licence');
    await bench.act({ do: 'dialIn', call: 'a', from: '+442079460101', did: '+442079460200' });
    const call = {
      sourceCallId: '1',
      from: { number: '+442079460101', name: '', dn: '10001', kind: 'trunk' },
    };
    await expect
      .poll(() => bench.facts('allCalls').at(-1)?.calls)
      .toMatchObject([{ ...call, to: null, isEstablished: false }]);
    await expect
      .poll(() => bench.facts('afterwards'))
      .toMatchObject([{ sourceCallId: '1', did: '+442079460200' }]);
    await bench.act({ do: 'route', call: 'a', to: '900' });
    await expect
      .poll(() => bench.facts('allCalls').at(-1)?.calls[0]?.to)
      .toMatchObject({ dn: '900', kind: 'queue' });
    await bench.turn({ licence: 'enterprise' });
    await bench.up();
    expect(bench.drafts('gap')).toEqual([]);
    expect(bench.facts('afterwards')).toHaveLength(1);
  });

  it('an outage of the list that stands alone is a gap', async () => {
    bench = await startBench({ knobs: { licence: 'pro' } });
    await expect.poll(() => bench.state('callcontrol')?.state).toBe('degraded');
    await bench.turn({ httpStatus: 500, httpPath: '/xapi' });
    await expect.poll(() => bench.state('callcontrol')?.state).toBe('down');
    await bench.turn({ httpStatus: null });
    await expect.poll(() => bench.drafts('gap').length, { timeout: 5000 }).toBe(1);
    expect(bench.bodies('gap')[0].detail).toContain('500');
  });

  it('a restart seen by the list alone is told before its new calls', async () => {
    bench = await startBench({ knobs: { licence: 'pro' } });
    await expect.poll(() => bench.state('callcontrol')?.state).toBe('degraded');
    await bench.act({ do: 'dial', call: 'a', by: '101', to: '102' });
    await expect.poll(() => bench.facts('allCalls').at(-1)?.calls.length).toBe(1);
    await bench.breakIt('restart');
    await expect.poll(() => bench.facts('allCalls').at(-1)?.calls.length).toBe(0);
    await bench.act({ do: 'dial', call: 'b', by: '103', to: '104' });
    await expect.poll(() => bench.facts('allCalls').at(-1)?.calls.length).toBe(1);
    expect(bench.facts('restarted')).toHaveLength(1);
  });

  it('a low role names itself, and call control goes on', async () => {
    bench = await startBench({ knobs: { role: 'users' } });
    await bench.up();
    await expect
      .poll(() => bench.state('xapi')?.reason ?? '')
      .toContain("API client's role (users) is too low");
    expect(bench.state('xapi')?.state).toBe('degraded');
    await bench.act({ do: 'dial', call: 'x', by: '102', to: '101' });
    await expect.poll(() => bench.legs()).toHaveLength(2);
    expect(bench.facts('allCalls')).toEqual([]);
    await expect(bench.source.roster()).rejects.toMatchObject({ code: 'E_REFUSED_BY_PBX' });
  });

  it('an empty list of extensions to monitor is named: nothing else would tell', async () => {
    bench = await startBench({ knobs: { monitored: [] } });
    await expect.poll(() => bench.state('callcontrol')?.reason ?? '').toContain('extensions to monitor');
    expect(bench.state('callcontrol')).toMatchObject({ state: 'degraded', rung: 'call control by Bearer' });
  });

  it('an address that is not allowed is told on both', async () => {
    bench = await startBench({ knobs: { consoleRestricted: true } });
    await expect.poll(() => bench.state('callcontrol')?.reason ?? '').toContain('Console Restrictions');
    await expect.poll(() => bench.state('xapi')?.reason ?? '').toContain('Console Restrictions');
    expect(bench.state('callcontrol')?.state).toBe('down');
  });
});
