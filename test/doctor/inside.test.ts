import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { QUICK_SOURCE } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { APART, Findings } from './kit.ts';

let rig: RelayRig;

beforeAll(async () => {
  rig = await RelayRig.start({}, {}, { sourceLimits: { ...QUICK_SOURCE, snapshotEveryMs: 300 } });
});
afterEach(() => void rig.simulator.pbx.knobs.reset());
afterAll(() => rig.stop());

const look = async (): Promise<Findings> => new Findings(await rig.daemon.doctor(APART));
const turn = (knobs: object): void => void rig.simulator.pbx.knobs.turn(knobs);

async function tokensMinted(): Promise<number> {
  const answer = await fetch(`${rig.simulator.addresses.controlUrl}/status`);
  return ((await answer.json()) as { tokensMinted: number }).tokensMinted;
}

describe('inside the daemon', () => {
  it('the same checks run with its own token, which lives on, and with what it has seen itself', async () => {
    await rig.seesCalls();
    await expect.poll(async () => (await look()).failing).toEqual([]);
    const before = await tokensMinted();
    const seen = await look();
    expect(seen.report.daemon).toBe('running');
    // There is no database beside this one, and it says why.
    expect(seen.of('daemon').evidence.join()).toMatch(/database is disabled since .+: ./);
    for (const name of ['token', 'role', 'licence', 'monitor-list', 'socket', 'token-holder'])
      expect(seen.code(name), name).toBe('OK');
    expect(seen.of('socket').evidence[0]).toContain('snapshot');
    expect(await tokensMinted()).toBe(before);
  });

  it('a socket that is gone is SOCKET_DOWN with its reason', async () => {
    turn({ socketStatus: 503 });
    await rig.simulator.breakIt('cutSockets');
    await expect.poll(async () => (await look()).code('socket')).toBe('SOCKET_DOWN');
    expect((await look()).of('daemon').code).toBe('DAEMON_DEGRADED');
  });

  it('a socket that tells nothing of calls is SOCKET_SILENT or loses events, whichever is seen first', async () => {
    await rig.seesCalls();
    turn({ socketZombie: true });
    let round = 0;
    const timer = setInterval(() => {
      round += 1;
      rig.simulator.pbx.perform({ do: 'dial', call: `call ${round}`, by: '101', to: '102' });
      rig.simulator.pbx.perform({ do: 'hangUp', call: `call ${round - 3}`, by: '101' });
    }, 50);
    await expect
      .poll(async () => (await look()).code('socket'), { timeout: 20_000 })
      .toMatch(/^SOCKET_(SILENT|LOSES_EVENTS)$/);
    clearInterval(timer);
  });

  it('a token that another program takes again and again is TOKEN_CONTESTED or TOKEN_TAKEN', async () => {
    await rig.seesCalls();
    const timer = setInterval(() => void rig.simulator.breakIt('mintToken'), 20);
    const codes = async () => {
      const seen = await look();
      return [seen.code('token'), seen.code('token-holder')];
    };
    await expect.poll(async () => (await codes()).includes('TOKEN_TAKEN')).toBe(true);
    await expect.poll(async () => (await codes()).includes('TOKEN_CONTESTED')).toBe(true);
    clearInterval(timer);
  });
});
