import { request } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Rig, startRig } from './rig.ts';

// What no client should send, and some do: each gets its answer, and the simulator lives on.
let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ knobs: { newTokenRevokesOld: false } });
});
afterAll(() => rig.stop());

interface Sent {
  status: number;
  version: string | undefined;
}

/** As written: fetch would tidy the address up. */
function send(base: string, path: string, given: { headers?: object; method?: string; body?: string } = {}) {
  const { hostname, port } = new URL(base);
  const { body, ...options } = given;
  return new Promise<Sent>((resolve, reject) => {
    const headers = { ...options.headers };
    const asked = request({ hostname, port, path, ...options, headers }, response => {
      response.resume();
      const version = response.headers['x-3cx-version'];
      resolve({ status: response.statusCode ?? 0, version: version?.toString() });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

async function authorization(): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await rig.client.token()}` };
}

it.each(['//', '/\\', 'http://'])('answers 400 to the address %s, everywhere', async path => {
  const { pbxUrl, controlUrl } = rig.simulator.addresses;
  expect((await send(pbxUrl, path)).status).toBe(400);
  expect((await send(controlUrl, path)).status).toBe(400);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
  expect((await send(pbxUrl, path, { headers: upgrade })).status).toBe(400);
});

it('answers 400 to broken escapes at the control address', async () => {
  const { status, body } = await rig.control('GET', '/stories/%E0%A4%A');
  expect(status).toBe(400);
  expect(body.error.message).toContain('escapes');
  expect((await rig.control('GET', '/stories')).status).toBe(200);
});

it.each([
  ['//', 400],
  ['http://', 400],
  ['/callcontrolled', 404],
  ['/callcontrol', 200],
  ['/callcontrol?x=1', 200],
  ['/callcontrol/101', 200],
])('answers the socket request for %s with %i', async (path, status) => {
  const socket = new WebSocket(rig.simulator.addresses.socketUrl, { headers: await authorization() });
  await new Promise(resolve => socket.once('open', resolve));
  socket.send(JSON.stringify({ RequestID: '1', Path: path }));
  const answer = await new Promise<string>(resolve => socket.once('message', data => resolve(String(data))));
  expect(JSON.parse(answer).event.attached_data).toMatchObject({ RequestID: '1', StatusCode: status });
  socket.terminate();
});

it.each(['', '/participants', '/participants/1', '/participants/1/stream'])(
  'answers 400 to broken escapes before %s of call control, and in a socket request',
  async end => {
    const path = `/callcontrol/%E0%A4${end}`;
    expect((await rig.get(path)).status).toBe(400);
    expect((await rig.post(path)).status).toBe(400);
    const socket = new WebSocket(rig.simulator.addresses.socketUrl, { headers: await authorization() });
    await new Promise(resolve => socket.once('open', resolve));
    socket.send(JSON.stringify({ RequestID: '1', Path: path }));
    const answer = await new Promise<string>(resolve =>
      socket.once('message', data => resolve(String(data))),
    );
    expect(JSON.parse(answer).event.attached_data.StatusCode).toBe(400);
    socket.terminate();
  },
);

it('reads a multipart form however its type is written', async () => {
  const boundary = 'between-two-fields';
  const { pbxUrl, clientId, clientSecret } = rig.simulator.addresses;
  const fields = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const headers = { 'content-type': `Multipart/Form-Data; boundary=${boundary}` };
  const body = `${parts.join('')}--${boundary}--\r\n`;
  expect((await send(pbxUrl, '/connect/token', { method: 'POST', headers, body })).status).toBe(200);
});

it('answers who asks for another protocol in this one', async () => {
  const upgrade = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
  const { pbxUrl, controlUrl } = rig.simulator.addresses;
  const headers = { ...upgrade, ...(await authorization()) };
  expect((await send(pbxUrl, '/callcontrol', { headers })).status).toBe(200);
  expect((await send(pbxUrl, '/callcontrol/ws', { headers: upgrade })).status).toBe(401);
  expect((await send(controlUrl, '/status', { headers: upgrade })).status).toBe(200);
});

it.each([{}, null, true, [['102']], { number: '102' }])(
  'calls nobody when the destination is %j',
  async destination => {
    expect((await rig.post('/callcontrol/101/makecall', { destination })).status).toBe(400);
    expect(rig.simulator.pbx.switchboard.calls.size).toBe(0);
  },
);

it('calls a destination that is written as a number', async () => {
  expect((await rig.post('/callcontrol/101/makecall', { destination: 102 })).status).toBe(200);
  await rig.simulator.breakIt('restart');
});

it('answers 400 to a multipart form that breaks off', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const body = '--x\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nrel';
  const { pbxUrl } = rig.simulator.addresses;
  expect((await send(pbxUrl, '/connect/token', { method: 'POST', headers, body })).status).toBe(400);
});

it('tells its version with every reply of XAPI, and with those only', async () => {
  const { pbxUrl } = rig.simulator.addresses;
  const headers = await authorization();
  const post = (path: string, body: string) => send(pbxUrl, path, { method: 'POST', headers, body });
  const version = '20.0.7.1057';
  expect(await post('/xapi/v1/Users/Pbx.MakeCall', '{')).toEqual({ status: 400, version });
  const large = `"${'x'.repeat(2_000_000)}"`;
  expect(await post('/xapi/v1/Users/Pbx.MakeCall', large)).toEqual({ status: 413, version });
  expect(await send(pbxUrl, '/xapi/v1/Defs')).toEqual({ status: 401, version });
  expect(await send(pbxUrl, '/callcontrol', { headers })).toEqual({ status: 200, version: undefined });
});

it('streams no audio without the licence or the box', async () => {
  const path = '/callcontrol/relay/participants/1/stream';
  expect((await rig.get(path)).status).toBe(404);
  for (const knobs of [{ licence: 'pro' }, { callControlEnabled: false }]) {
    await rig.control('PATCH', '/knobs', knobs);
    expect((await rig.get(path)).status).toBe(403);
    await rig.control('DELETE', '/knobs');
  }
});
