import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { examineBeside } from '../../src/daemon/doctor/doctor.ts';
import { lockState } from '../../src/daemon/instance-lock.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { APART, Findings, startWebFront, type WebFront } from './kit.ts';

let rig: RelayRig;
let front: WebFront;
let secure: Simulator;
const sockets: RelaySocket[] = [];

beforeAll(async () => {
  rig = await RelayRig.start({}, { WS_MAX_CLIENTS: '2' });
  front = await startWebFront(rig.daemon.relayUrl);
  secure = await startSimulator({ database: 'none', tls: 'selfSigned' });
  await rig.seesCalls();
});
afterEach(() => {
  for (const name of ['status', 'body', 'dropsUpgrade'] as const) delete front.rules[name];
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(async () => {
  await front.stop();
  await secure.stop();
  await rig.stop();
});

/** As the installer leaves it beside the phone system; without the folder the host is another one. */
function snippets(port: string): string {
  const folder = join(rig.home, 'snippets');
  const target = `proxy_pass http://127.0.0.1:${port};\nproxy_set_header Upgrade $http_upgrade;`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, '60-3cx-relay.conf'), `location /relay/ {\n${target}\n}\n`);
  return folder;
}

/** The CLI knows the port that the daemon has got. */
async function look(url = front.url, key?: string, isBeside = true): Promise<Findings> {
  const PORT = new URL(rig.daemon.relayUrl).port;
  const report = await examineBeside({
    environment: { ...rig.environment, PORT },
    host: { ...APART, outsideUrl: () => url, ...(isBeside && { snippetFolder: snippets(PORT) }) },
    ...(key !== undefined && { key }),
  });
  return new Findings(report);
}

async function newKey(permissions: ('read' | 'metrics')[]): Promise<string> {
  return rig.newKey({ name: 'tried', permissions });
}

describe('the way programs come', () => {
  it('is gone for real, by HTTPS and by a WebSocket, and disturbs nobody', async () => {
    const seen = await look();
    expect(seen.failing).toEqual([]);
    expect(seen.of('daemon').code).toBe('OK');
    expect(seen.of('outside').evidence).toEqual([
      `${front.url}/relay/health is healthy`,
      'a WebSocket came through: our relay refused it by name (E_KEY_MISSING)',
    ]);
    expect((await rig.get('/relay/health')).body.components.callcontrol.state).toBe('up');
  });

  it('with a key brings hello', async () => {
    const seen = await look(front.url, rig.key);
    expect(seen.of('outside').evidence[1]).toBe('a WebSocket came through and brought hello');
  });

  it('that drops the upgrade is OUTSIDE_NO_WEBSOCKET', async () => {
    front.rules.dropsUpgrade = true;
    expect((await look()).failing).toEqual(['outside: OUTSIDE_NO_WEBSOCKET']);
  });

  it.each([
    [404, 'OUTSIDE_NOT_ROUTED'],
    [502, 'OUTSIDE_BAD_GATEWAY'],
  ])('that ends with %i is %s', async (status, code) => {
    front.rules.status = status;
    expect((await look()).failing).toEqual([`outside: ${code}`]);
  });

  it("that does not lead to another host than the phone system is nobody's fault there", async () => {
    front.rules.status = 404;
    const seen = await look(front.url, undefined, false);
    expect(seen.failing).toEqual([]);
    for (const name of ['nginx', 'outside']) {
      expect(seen.of(name)).toMatchObject({
        result: 'skipped',
        evidence: [expect.stringMatching(/^off-box: /)],
      });
    }
  });

  it('to a certificate nobody trusts is OUTSIDE_CERTIFICATE, to nobody OUTSIDE_UNREACHABLE', async () => {
    expect((await look(secure.addresses.pbxUrl)).code('outside')).toBe('OUTSIDE_CERTIFICATE');
    expect((await look('http://127.0.0.1:9')).of('outside')).toMatchObject({
      code: 'OUTSIDE_UNREACHABLE',
      result: 'warning',
    });
  });
});

describe('a key', () => {
  it('that is not given is not judged, only counted', async () => {
    const check = (await look()).of('key');
    expect(check.result).toBe('skipped');
    expect(check.evidence[0]).toMatch(/^\d+ keys are in force$/);
  });

  it('that works is proven by a request and a WebSocket, and is shown nowhere', async () => {
    const seen = await look(front.url, rig.key);
    expect(seen.of('key')).toMatchObject({ code: 'OK' });
    expect(seen.of('key').evidence[1]).toContain('its WebSocket brought hello');
    expect(JSON.stringify(seen.report)).not.toContain(rig.key);
  });

  it('that nobody knows is KEY_REFUSED', async () => {
    expect((await look(front.url, 'rk_made_up')).code('key')).toBe('KEY_REFUSED');
  });

  it('that may not read is KEY_WITHOUT_READ', async () => {
    expect((await look(front.url, await newKey(['metrics']))).code('key')).toBe('KEY_WITHOUT_READ');
  });

  it('that finds no place is KEY_NO_EVENTS', async () => {
    sockets.push(rig.connect(), rig.connect());
    await expect.poll(() => sockets.flatMap(socket => socket.of('hello')).length).toBe(2);
    expect((await look(front.url, rig.key)).code('key')).toBe('KEY_NO_EVENTS');
  });

  it('is missed where there is none at all: KEY_NONE', async () => {
    const bare = await RelayRig.start();
    const [key] = bare.daemon.keys.list();
    bare.daemon.keys.revoke(key?.id ?? '');
    const seen = new Findings(await bare.daemon.doctor(APART));
    await bare.stop();
    expect(seen.of('key')).toMatchObject({ code: 'KEY_NONE', result: 'warning' });
  });
});

describe('the lock', () => {
  it('is only looked at', () => {
    expect(lockState(`${rig.home}/daemon.lock`)).toBe('held');
    expect(lockState(`${rig.home}/no.lock`)).toBe('free');
  });
});
