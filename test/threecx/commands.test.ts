import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallHandle } from '../../src/daemon/core/ports.ts';
import { type Bench, startBench } from './bench.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await startBench({ speed: 1, knobs: { answerAfterSeconds: 600 } });
  await bench.up();
});
afterEach(() => bench.stop());

/** The only call, as the facts so far show it. */
function handle(): CallHandle {
  const legs = bench.legs().map(text => {
    const [, dn = '', id = '', state = '', call = ''] = /^(.+)\/(\d+) (\w+) (\d+)$/.exec(text) ?? [];
    return { id, dn, state, call };
  });
  return { sourceCallId: legs[0]?.call ?? '', legs: legs.map(({ id, dn, state }) => ({ id, dn, state })) };
}

async function legsBecome(legs: string[]): Promise<void> {
  await expect.poll(() => bench.legs()).toEqual(legs);
}

describe('commands', () => {
  it('call by the device, and say what 3CX said', async () => {
    expect(await bench.source.commands.makeCall({ from: '101', to: '103' })).toEqual({
      accepted: true,
      reason: 'Success',
      sourceCallId: '1',
    });
    await legsBecome(['101/1 dialing 1', '103/2 ringing 1']);
  });

  it('answer the ringing leg, transfer the connected one, drop it', async () => {
    await bench.act({ do: 'dial', call: 'x', by: '101', to: '102' });
    await legsBecome(['101/1 dialing 1', '102/2 ringing 1']);
    await bench.source.commands.answer(handle());
    await legsBecome(['101/1 connected 1', '102/2 connected 1']);
    await bench.source.commands.transfer(handle(), '104');
    await expect.poll(() => bench.legs().some(leg => leg.startsWith('104/'))).toBe(true);
    await bench.source.commands.drop(handle());
    await legsBecome([]);
  });

  it('divert the ringing leg', async () => {
    await bench.act({ do: 'dial', call: 'x', by: '101', to: '102' });
    await legsBecome(['101/1 dialing 1', '102/2 ringing 1']);
    await bench.source.commands.divert(handle(), '105');
    await expect.poll(() => bench.legs().some(leg => leg.startsWith('105/'))).toBe(true);
  });

  it('drop a call of which no leg is seen, by the list of calls', async () => {
    await bench.act({ do: 'dialIn', call: 'q', from: '+442079460101', did: '+442079460300' });
    await bench.act({ do: 'route', call: 'q', to: '900' });
    await expect.poll(() => bench.facts('allCalls').at(-1)?.calls.length).toBe(1);
    await bench.source.commands.drop({ sourceCallId: '1', legs: [] });
    await expect.poll(() => bench.facts('allCalls').at(-1)?.calls.length).toBe(0);
  });

  it("pass 3CX's refusal on in its words", async () => {
    await bench.act({ do: 'dial', call: 'x', by: '104', to: '101' });
    await legsBecome(['101/2 ringing 1', '104/1 dialing 1']);
    await expect(bench.source.commands.answer(handle())).rejects.toMatchObject({
      code: 'E_REFUSED_BY_PBX',
      detail: expect.stringContaining('no direct control'),
    });
    await expect(bench.source.commands.makeCall({ from: '101', to: '101' })).rejects.toMatchObject({
      code: 'E_REFUSED_BY_PBX',
      detail: expect.stringContaining('cannot be called'),
    });
  });

  it('say which right is missing', async () => {
    await expect(bench.source.commands.makeCall({ from: '900', to: '101' })).rejects.toMatchObject({
      code: 'E_REFUSED_BY_PBX',
      detail: expect.stringContaining('extensions to monitor'),
    });
    await expect(bench.source.commands.makeCall({ from: '4711', to: '101' })).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
    });
  });

  it('are refused here when the call is in no state for them, or the number is none', async () => {
    await bench.act({ do: 'dial', call: 'x', by: '101', to: '102' });
    await legsBecome(['101/1 dialing 1', '102/2 ringing 1']);
    await expect(bench.source.commands.transfer(handle(), '104')).rejects.toMatchObject({
      code: 'E_CONFLICT',
    });
    await bench.source.commands.answer(handle());
    await legsBecome(['101/1 connected 1', '102/2 connected 1']);
    await expect(bench.source.commands.divert(handle(), '104')).rejects.toMatchObject({ code: 'E_CONFLICT' });
    await expect(bench.source.commands.answer(handle())).rejects.toMatchObject({ code: 'E_CONFLICT' });
    await expect(bench.source.commands.transfer(handle(), '../x')).rejects.toMatchObject({
      code: 'E_BAD_REQUEST',
    });
  });

  it('are not repeated when the answer fails to come', async () => {
    await bench.turn({ httpStatus: 504, httpPath: '/callcontrol/101/devices/' });
    await expect(bench.source.commands.makeCall({ from: '101', to: '103' })).rejects.toMatchObject({
      code: 'E_UPSTREAM_TIMEOUT',
      detail: expect.stringContaining('not known'),
    });
  });
});

describe('people', () => {
  it('are listed with what they are', async () => {
    const roster = await bench.source.roster();
    expect(roster).toHaveLength(20 + 3 + 1);
    expect(roster).toContainEqual({
      number: '101',
      name: 'Test, Ada',
      kind: 'extension',
      email: 'ada.test.101@example.test',
      isRegistered: true,
    });
    expect(roster).toContainEqual({
      number: '900',
      name: 'Sales',
      kind: 'queue',
      email: null,
      isRegistered: true,
    });
    expect(roster).toContainEqual({
      number: '800',
      name: 'Reception',
      kind: 'group',
      email: null,
      isRegistered: true,
    });
  });

  it("tell an agent's state once, and then each change", async () => {
    await expect.poll(() => bench.drafts('agent').length).toBe(20);
    bench.rig.simulator.pbx.agents.change('103', { queueStatus: 'LoggedOut', profile: 'Away' });
    await expect.poll(() => bench.drafts('agent').length).toBe(21);
    expect(bench.drafts('agent').at(-1)).toMatchObject({ dns: ['103'] });
    expect(bench.bodies('agent').at(-1)).toMatchObject({
      dn: '103',
      name: 'Mock, Cleo',
      queueStatus: 'LoggedOut',
      profile: 'Away',
    });
    expect((await bench.source.agents()).find(({ dn }) => dn === '103')?.profile).toBe('Away');
  });
});

describe('many at once', () => {
  it('hundreds of extensions come page by page', async () => {
    await bench.stop();
    bench = await startBench({ extensions: 250 });
    await expect.poll(() => bench.drafts('agent').length, { timeout: 5000 }).toBe(250);
    expect((await bench.source.roster()).filter(({ kind }) => kind === 'extension')).toHaveLength(250);
  });
});
