import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Practice } from './kit.ts';

let practice: Practice;

beforeAll(async () => {
  practice = await Practice.open({ extensions: 12 });
});
afterEach(() => {
  practice.simulator.pbx.knobs.reset();
  practice.simulator.pbx.perform({ do: 'restart', graceful: true });
});
afterAll(() => practice.close());

const turn = (knobs: object): void => void practice.simulator.pbx.knobs.turn(knobs);
const everybody = Array.from({ length: 12 }, (_, index) => String(101 + index));

interface Status {
  socketClients: number;
  tokensMinted: number;
}

async function status(): Promise<Status> {
  return (await fetch(`${practice.simulator.addresses.controlUrl}/status`)).json() as Promise<Status>;
}

/** Does the work once the doctor holds a token and its socket is open. */
async function lookWhile(work: () => unknown) {
  const { tokensMinted: before } = await status();
  const looking = practice.look();
  await vi.waitFor(
    async () => {
      const { socketClients, tokensMinted } = await status();
      if (socketClients === 0 || tokensMinted === before) throw new Error('nobody watches yet');
    },
    { timeout: 10_000, interval: 10 },
  );
  await work();
  return looking;
}

/** Something happens all the time, so between any two snapshots too. */
async function lookWhileAllTheTime(work: (round: number) => void) {
  let round = 0;
  const timer = setInterval(() => work(round++), 50);
  return practice.look().finally(() => clearInterval(timer));
}

const ring = (round: number): void => {
  const [by = '', to = ''] = [everybody[round % 6], everybody[6 + (round % 6)]];
  practice.simulator.pbx.perform({ do: 'dial', call: `call ${round}`, by, to });
};

describe('the list of extensions to monitor', () => {
  it('that is whole is fine', async () => {
    expect((await practice.look()).of('monitor-list').evidence).toEqual([
      '12 numbers are heard, 12 extensions exist',
    ]);
  });

  it('that is empty is MONITOR_LIST_EMPTY', async () => {
    turn({ monitored: [] });
    expect((await practice.look()).of('monitor-list')).toMatchObject({
      code: 'MONITOR_LIST_EMPTY',
      result: 'fail',
    });
  });

  it('that lacks extensions is MONITOR_LIST_PARTIAL and names them', async () => {
    turn({ monitored: everybody.slice(0, 10) });
    const check = (await practice.look()).of('monitor-list');
    expect(check).toMatchObject({ code: 'MONITOR_LIST_PARTIAL', result: 'warning' });
    expect(check.evidence[1]).toBe('not heard: 111, 112');
  });

  it('that names who is gone is MONITOR_LIST_STALE', async () => {
    turn({ monitored: [...everybody, '777'] });
    const check = (await practice.look()).of('monitor-list');
    expect(check.code).toBe('MONITOR_LIST_STALE');
    expect(check.evidence[1]).toBe('on the list and unknown: 777');
  });
});

describe('the live socket', () => {
  it('is proven by a question over itself when nobody telephones', async () => {
    expect((await practice.look()).of('socket').evidence[0]).toContain('a question was answered over it');
  });

  it.each([
    [401, 'SOCKET_REFUSED'],
    [403, 'SOCKET_REFUSED'],
    [503, 'SOCKET_DOWN'],
  ])('whose upgrade is answered with %i is %s', async (socketStatus, code) => {
    turn({ socketStatus });
    expect((await practice.look()).failing).toEqual([`socket: ${code}`]);
  });

  it('that answers no ping is SOCKET_DEAD', async () => {
    turn({ socketHalfOpen: true });
    expect((await practice.look()).failing).toEqual(['socket: SOCKET_DEAD']);
  });

  it('that is cut while it is watched is SOCKET_DOWN', async () => {
    const seen = await lookWhile(() => practice.simulator.breakIt('cutSockets'));
    expect(seen.failing).toEqual(['socket: SOCKET_DOWN']);
  });

  it('that answers pings and tells nothing of a call is SOCKET_SILENT', async () => {
    turn({ socketZombie: true });
    const seen = await lookWhileAllTheTime(ring);
    expect(seen.failing).toEqual(['socket: SOCKET_SILENT']);
  });

  it('that tells nothing while nobody telephones is SOCKET_NO_ANSWER, a warning', async () => {
    turn({ socketZombie: true });
    expect((await practice.look()).of('socket')).toMatchObject({
      code: 'SOCKET_NO_ANSWER',
      result: 'warning',
    });
  });

  it('that forgets to tell of an end is SOCKET_LOSES_EVENTS', async () => {
    for (let round = 0; round < 200; round++) ring(round);
    turn({ socketMissedRemoves: 1 });
    const seen = await lookWhileAllTheTime(round =>
      practice.simulator.pbx.perform({ do: 'hangUp', call: `call ${round}`, by: everybody[round % 6] ?? '' }),
    );
    expect(seen.of('socket')).toMatchObject({ code: 'SOCKET_LOSES_EVENTS', result: 'warning' });
  });
});

describe('the token', () => {
  it('that another program takes is TOKEN_TAKEN', async () => {
    const seen = await lookWhile(() => practice.simulator.breakIt('mintToken'));
    expect(seen.code('token-holder')).toBe('TOKEN_TAKEN');
  });
});
