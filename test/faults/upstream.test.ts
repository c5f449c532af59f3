import { once } from 'node:events';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { type Front, hearsCalls, opened, PATIENCE, QUICK_SOURCE, ring, startFront } from './fault-kit.ts';

/** What goes wrong between the relay and the phone system, seen by a program that only has the relay. */
const sourceLimits = { ...QUICK_SOURCE, snapshotEveryMs: 400 };
const IMPATIENT = { ...sourceLimits, responseMs: 1000, totalMs: 1500 };

async function component(rig: RelayRig, name: string): Promise<string> {
  return (await rig.get('/relay/health')).body.components[name]?.state;
}

function reasons(socket: RelaySocket): string {
  return JSON.stringify(socket.of('link').map(({ data }) => data));
}

async function legsOf(rig: RelayRig): Promise<unknown> {
  const { calls } = (await rig.get('/relay/active-calls')).body;
  return calls.map((call: { legs: unknown }) => call.legs);
}

/** Nothing was a surprise to us: no line of the log says error or fatal. */
function expectCalm(rig: RelayRig): void {
  expect(rig.logged.filter(line => /"level":[56]0/.test(line))).toEqual([]);
}

describe('a certificate that is not to be trusted', () => {
  it('is named as the cause everywhere, nothing is sent, and nothing else breaks', async () => {
    const rig = await RelayRig.start({ tls: 'selfSigned' }, {}, { sourceLimits });
    const socket = await opened(rig.connect('?after=0'));
    for (const name of ['xapi', 'callcontrol'])
      await expect.poll(() => component(rig, name), PATIENCE).toBe('down');
    expect((await rig.get('/relay/health')).status).toBe(503);
    await expect.poll(() => reasons(socket), PATIENCE).toMatch(/"callcontrol".*certificate is not accepted/);
    expect(reasons(socket)).toMatch(/"xapi".*certificate is not accepted/);
    expect(
      rig.logged.some(line => line.includes('certificate is not accepted (DEPTH_ZERO_SELF_SIGNED_CERT)')),
    ).toBe(true);
    for (const [method, path, body] of [
      ['POST', '/relay/calls', { from: '101', to: '102' }],
      ['GET', '/relay/extensions', undefined],
      ['GET', '/relay/call-history', undefined],
    ] as const) {
      const reply = await rig.ask(method, path, body ? { body } : {});
      expect([reply.status, reply.body.code], path).toEqual([502, 'E_UPSTREAM']);
      expect(reply.body.detail, path).toContain('certificate');
    }
    expect((await rig.get('/relay/active-calls')).body).toMatchObject({ stale: true, calls: [] });
    expect((await rig.get('/relay/events')).status).toBe(200);
    expect(socket.closeCode).toBe(0);
    expectCalm(rig);
    socket.close();
    await rig.stop();
  });

  it('once its issuer is trusted is good for the name it is for, and for no other', async () => {
    const trusted = getCACertificates('default');
    const right = await RelayRig.start({ tls: 'selfSigned' }, { FQDN: 'pbx.example.com' }, { sourceLimits });
    setDefaultCACertificates([...trusted, await certificateOf(right)]);
    await right.seesCalls();
    const socket = await opened(right.connect());
    await hearsCalls(right, socket);
    socket.close();
    await right.stop();

    const wrong = await RelayRig.start({ tls: 'selfSigned' }, {}, { sourceLimits });
    setDefaultCACertificates([...trusted, await certificateOf(wrong)]);
    await expect
      .poll(() => wrong.logged.join(''), PATIENCE)
      .toContain('certificate is not accepted (ERR_TLS_CERT_ALTNAME_INVALID)');
    expect((await wrong.get('/relay/health')).status).toBe(503);
    setDefaultCACertificates(trusted);
    await wrong.stop();
  });
});

async function certificateOf({ simulator }: RelayRig): Promise<string> {
  const { hostname: host, port } = new URL(simulator.addresses.pbxUrl);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  return certificate?.toString() ?? '';
}

describe('a phone system in trouble', () => {
  let rig: RelayRig;
  let front: Front;
  let socket: RelaySocket;

  beforeAll(async () => {
    front = await startFront();
    rig = await RelayRig.start({}, { PBX_URL: front.url }, { sourceLimits: IMPATIENT }, simulator =>
      front.leadTo(simulator),
    );
    await rig.seesCalls();
  });
  beforeEach(async () => {
    socket = await opened(rig.connect());
  });
  afterEach(async () => {
    rig.simulator.pbx.knobs.reset();
    front.answer(null);
    await rig.seesCalls();
    await expect.poll(() => component(rig, 'xapi'), PATIENCE).toBe('up');
    await hearsCalls(rig, socket);
    expect(socket.closeCode).toBe(0);
    expectCalm(rig);
    socket.close();
  });
  afterAll(async () => {
    await rig.stop();
    await front.stop();
  });

  async function gapTold(detail: RegExp): Promise<void> {
    await expect
      .poll(
        () =>
          socket
            .of('gap')
            .map(gap => `${gap.scope} ${gap.data.detail}`)
            .join('\n'),
        PATIENCE,
      )
      .toMatch(new RegExp(`source .*${detail.source}`));
  }

  async function incidents(code: string): Promise<number> {
    const { body } = await rig.get('/relay/metrics');
    return Number(new RegExp(`relay_incidents_total\\{code="${code}"\\} (\\d+)`).exec(body)?.[1] ?? 0);
  }

  describe('by its tokens', () => {
    const html = { status: 200, type: 'text/html', body: '<html>Welcome</html>' };

    it.each<[string, () => void, RegExp]>([
      [
        'it refuses our credentials',
        () => turn({ tokenStatus: 401 }),
        /CLIENT_ID or CLIENT_SECRET is refused/,
      ],
      ['its token endpoint fails', () => turn({ tokenStatus: 500 }), /token endpoint fails \(500\)/],
      ['its token endpoint never answers', () => front.answer('hang'), /did not answer within/],
      ['a web page stands where the token endpoint was', () => front.answer(html), /web page/],
    ])('%s: said, and tried again until it works', async (_, begin, words) => {
      const from = rig.logged.length;
      begin();
      await rig.simulator.breakIt('revokeTokens');
      await rig.simulator.breakIt('cutSockets');
      // The log of the relay tells of every new reason, that of the clients of every new state.
      await expect.poll(() => rig.logged.slice(from).join(''), PATIENCE).toMatch(words);
      await expect.poll(() => reasons(socket), PATIENCE).toContain('"state":"down"');
      expect(reasons(socket)).not.toContain(rig.simulator.addresses.clientSecret);
      expect((await rig.get('/relay/events')).status).toBe(200);
    });

    const turn = (knobs: Record<string, unknown>) => void rig.simulator.pbx.knobs.turn(knobs);
  });

  describe('by what its socket says', () => {
    it.each<[string, () => unknown, string, RegExp | null]>([
      ['a frame that is no JSON', () => rig.simulator.breakIt('garbageFrame'), 'not_json', /cannot be read/],
      [
        'JSON nested 100,000 deep',
        () => rig.simulator.breakIt('deepFrame'),
        'json_too_deep',
        /cannot be read/,
      ],
      ['something binary', () => front.say(Buffer.from([1, 2])), 'binary_frame', /cannot be read/],
      ['JSON of another kind', () => front.say('[1,2,3]'), 'unknown_frame', null],
      [
        'wrong types',
        () => front.say('{"sequence":[],"event":{"event_type":"x","entity":7}}'),
        'unknown_frame',
        null,
      ],
      ['an event nobody knows', () => rig.simulator.breakIt('unknownEvent'), 'unknown_event_type', null],
    ])('%s: counted, what is lost is told, and the next event is heard', async (_, say, code, gap) => {
      const before = await incidents(code);
      await say();
      await expect.poll(() => incidents(code), PATIENCE).toBe(before + 1);
      if (gap) await gapTold(gap);
      // What is JSON is handed on untouched, whatever it means.
      else await expect.poll(() => socket.of('call_event').length, PATIENCE).toBeGreaterThan(0);
      expect(await component(rig, 'callcontrol')).toBe('up');
    });

    it('a frame of 20 MB: the connection is replaced, and the gap told', async () => {
      await rig.simulator.breakIt('hugeFrame', { bytes: 20_000_000 });
      await gapTold(/Call control was lost/);
    });

    it('half a frame, then nothing: the connection is replaced, and the gap told', async () => {
      const { call, number } = ring(rig, '103');
      await rig.simulator.breakIt('cutSockets');
      rig.act({ do: 'answer', call, dn: '103' });
      await gapTold(/closed with 1006/);
      const calls = async () => (await rig.get('/relay/active-calls')).body.calls;
      await expect
        .poll(
          async () =>
            (await calls()).find((one: { from: { number: string } }) => one.from.number === number)?.state,
          PATIENCE,
        )
        .toBe('connected');
      rig.act({ do: 'hangUp', call, by: 'caller' });
    });

    it('a leg that is not there: nobody is told of a call that never was', async () => {
      await rig.simulator.breakIt('phantomUpsert', { dn: '104' });
      await expect.poll(() => socket.of('call_event').length, PATIENCE).toBe(1);
      await hearsCalls(rig, socket);
      expect(JSON.stringify(socket.of('call'))).not.toContain('999999');
    });

    it('everything three times: the log has it all, the call is told once', async () => {
      rig.simulator.pbx.knobs.turn({ socketRepeats: 2 });
      const { call, number } = ring(rig, '105');
      await expect.poll(() => socket.of('call_event').length, PATIENCE).toBeGreaterThanOrEqual(3);
      const told = () => socket.of('call').filter(({ data }) => data.call.from.number === number);
      // Whoever hangs up before his leg could be asked for stays unknown.
      await expect.poll(() => told().length, PATIENCE).toBeGreaterThanOrEqual(1);
      rig.act({ do: 'hangUp', call, by: 'caller' });
      await expect.poll(() => told().map(({ data }) => data.change), PATIENCE).toContain('call.ended');
      for (const change of ['call.started', 'call.ringing', 'call.ended'])
        expect(told().filter(({ data }) => data.change === change).length, change).toBeLessThanOrEqual(1);
    });

    it.each([
      ['half-open: TCP stands, nobody is there', { socketHalfOpen: true }, /nothing heard/],
      ['a zombie: it answers pings, but tells nothing', { socketZombie: true }, /snapshot disagreement/],
    ])('%s', async (_, knobs, detail) => {
      rig.simulator.pbx.knobs.turn(knobs);
      // The first may still be taken for a single lost event; the second proves that nothing comes at all.
      const rung: { call: string; number: string }[] = [];
      for (const dn of ['106', '107']) {
        rung.push(ring(rig, dn));
        await expect.poll(async () => JSON.stringify(await legsOf(rig)), PATIENCE).toContain(`"dn":"${dn}"`);
      }
      await expect.poll(() => reasons(socket), PATIENCE).toMatch(detail);
      rig.simulator.pbx.knobs.reset();
      await gapTold(detail);
      const inferred = socket.of('call').filter(({ data }) => data.inferred);
      for (const { number, call } of rung) {
        expect(inferred.some(({ data }) => data.call.from.number === number)).toBe(true);
        rig.act({ do: 'hangUp', call, by: 'caller' });
      }
    });
  });
});
