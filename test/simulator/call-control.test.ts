import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Rig, startRig } from './rig.ts';

const FIELDS = {
  id: 'number',
  status: 'string',
  dn: 'string',
  party_caller_name: 'string',
  party_dn: 'string',
  party_caller_id: 'string',
  party_did: 'string',
  device_id: 'string',
  party_dn_type: 'string',
  direct_control: 'boolean',
  originated_by_dn: 'string',
  originated_by_type: 'string',
  referred_by_dn: 'string',
  referred_by_type: 'string',
  on_behalf_of_dn: 'string',
  on_behalf_of_type: 'string',
  callid: 'number',
  legid: 'number',
};

let rig: Rig;
let calls = 0;

beforeAll(async () => {
  rig = await startRig({ knobs: { answerAfterSeconds: 0.05, talkSeconds: 600 } });
  await rig.client.connect();
});
afterAll(() => rig.stop());

/** A customer's call that rings at an extension, and the path of its participant. */
async function ringing(dn: string): Promise<{ call: string; path: string }> {
  calls += 1;
  const call = `c${calls}`;
  await act({ do: 'dialIn', call, from: '+442079460101', did: '+442079460200' });
  await act({ do: 'route', call, to: dn });
  const { body } = await rig.get(`/callcontrol/${dn}/participants`);
  return { call, path: `/callcontrol/${dn}/participants/${body.at(-1).id}` };
}

async function connected(dn: string): Promise<{ call: string; path: string }> {
  const at = await ringing(dn);
  await act({ do: 'answer', call: at.call, dn });
  return at;
}

async function act(action: unknown): Promise<void> {
  const { status, body } = await rig.control('POST', '/act', action);
  expect({ status, body }).toEqual({ status: 200, body: { done: true } });
}

async function hangUp(call: string): Promise<void> {
  await rig.control('POST', '/act', { do: 'hangUp', call, by: 'callee' });
}

it('shows the route point and the monitored extensions, and participants with all 18 fields', async () => {
  const { call, path } = await ringing('101');
  const { body: dns } = await rig.get('/callcontrol');
  expect(dns.map((dn: { dn: string }) => dn.dn).slice(0, 3)).toEqual(['relay', '101', '102']);
  expect(dns[1]).toMatchObject({
    type: 'Wextension',
    devices: [{ dn: '101' }],
    participants: [{ dn: '101' }],
  });
  const { body: participant } = await rig.get(path);
  const types = Object.fromEntries(Object.entries(participant).map(([name, value]) => [name, typeof value]));
  expect(types).toEqual(FIELDS);
  expect(participant).toMatchObject({
    status: 'Ringing',
    party_dn: '10001',
    party_caller_id: '+442079460101',
    party_did: '',
    party_dn_type: 'Wexternalline',
    originated_by_dn: 'ROUTER',
    originated_by_type: 'Wroutepoint',
    on_behalf_of_type: 'None',
  });
  await hangUp(call);
  expect((await rig.get(path)).status).toBe(404);
});

it('knows devices, and refuses what is not monitored or does not exist', async () => {
  const { body: devices } = await rig.get('/callcontrol/102/devices');
  const [{ device_id: id }] = devices;
  expect((await rig.get(`/callcontrol/102/devices/${encodeURIComponent(id)}`)).body.user_agent).toMatch(
    /^Yealink/,
  );
  expect((await rig.get('/callcontrol/900')).status).toBe(403);
  for (const path of [
    '/callcontrol/777',
    '/callcontrol/101/nothing',
    '/callcontrol/101/participants/99999',
  ]) {
    expect((await rig.get(path)).status).toBe(404);
  }
  expect((await rig.post('/callcontrol')).status).toBe(405);
});

it('calls from a device and from a DN; the other side answers by itself', async () => {
  const { body: devices } = await rig.get('/callcontrol/103/devices');
  const device = encodeURIComponent(devices[0].device_id);
  const order = { destination: '104', timeout: 30, reason: 'None', attacheddata: { crm: '7' } };
  const made = await rig.post(`/callcontrol/103/devices/${device}/makecall`, order);
  expect(made).toMatchObject({
    status: 200,
    body: {
      finalstatus: 'Success',
      reason: 'None',
      result: { dn: '103', status: 'Dialing', party_dn: '104' },
    },
  });
  const path = `/callcontrol/103/participants/${made.body.result.id}`;
  await expect.poll(async () => (await rig.get(path)).body.status).toBe('Connected');
  expect((await rig.post(`${path}/drop`)).body.finalstatus).toBe('Success');
  expect((await rig.get(path)).status).toBe(404);

  const outside = await rig.post('/callcontrol/103/makecall', { destination: '+441632960001' });
  expect(outside.body.result).toMatchObject({ party_dn: '10001', party_caller_id: '+441632960001' });
  expect((await rig.post('/callcontrol/103/makecall', { destination: '' })).status).toBe(422);
  await rig.post(`/callcontrol/103/participants/${outside.body.result.id}/drop`);
});

it('answers only where the device can be told to, and only what rings', async () => {
  const app = await ringing('101');
  expect((await rig.post(`${app.path}/answer`)).status).toBe(422);
  await hangUp(app.call);
  const desk = await ringing('102');
  expect((await rig.post(`${desk.path}/answer`)).body).toMatchObject({ result: { status: 'Connected' } });
  expect((await rig.post(`${desk.path}/answer`)).status).toBe(422);
  await hangUp(desk.call);
});

it('diverts only what rings, transfers only what talks', async () => {
  const rings = await ringing('101');
  expect((await rig.post(`${rings.path}/transferto`, { destination: '105' })).status).toBe(422);
  expect((await rig.post(`${rings.path}/divert`)).status).toBe(422);
  expect((await rig.post(`${rings.path}/divert`, { destination: '105' })).status).toBe(200);
  expect((await rig.get(rings.path)).status).toBe(404);
  await expect
    .poll(async () => (await rig.get('/callcontrol/105/participants')).body[0]?.status)
    .toBe('Connected');
  await hangUp(rings.call);

  const talks = await connected('101');
  expect((await rig.post(`${talks.path}/divert`, { destination: '105' })).status).toBe(422);
  expect((await rig.post(`${talks.path}/transferto`, { destination: '106' })).status).toBe(200);
  await expect
    .poll(async () => (await rig.get('/callcontrol/106/participants')).body[0]?.status)
    .toBe('Connected');
  expect((await rig.get(talks.path)).status).toBe(404);
  await hangUp(talks.call);
});

it('neither diverts nor transfers a call to where it is', async () => {
  const { call, path } = await ringing('101');
  expect((await rig.post(`${path}/divert`, { destination: '101' })).status).toBe(422);
  await act({ do: 'answer', call, dn: '101' });
  expect((await rig.post(`${path}/transferto`, { destination: 101 })).status).toBe(422);
  expect((await rig.get(path)).body.status).toBe('Connected');
  await hangUp(call);
});

it.each([
  ['nope', 'There is no DN nope'],
  ['900', 'no device'],
  ['10001', 'no device'],
])('makes no call from %s, and none is left behind', async (dn, why) => {
  const { status, body } = await rig.post('/xapi/v1/Users/Pbx.MakeCall', { dn, destination: '102' });
  expect({ status, body }).toMatchObject({ status: 200, body: { FinalStatus: 'Failed', Result: null } });
  expect(body.ReasonText).toContain(why);
  expect(rig.simulator.pbx.switchboard.calls.size).toBe(0);
});

it.each(['nope', '+442079460101', '10001'])('lets nobody dial who is not of the company: %s', async by => {
  const { body } = await rig.control('POST', '/act', { do: 'dial', call: 'x', by, to: '102' });
  expect(body).toEqual({ done: false });
  expect(rig.simulator.pbx.switchboard.calls.size).toBe(0);
});

it('brings a transferred call back when nobody answers in time', async () => {
  await rig.control('PATCH', '/knobs', { answerAfterSeconds: 100 });
  const { call, path } = await connected('101');
  expect((await rig.post(`${path}/transferto`, { destination: '106', timeout: 1 })).status).toBe(200);
  expect((await rig.get('/callcontrol/106/participants')).body[0].status).toBe('Ringing');
  await expect
    .poll(async () => (await rig.get('/callcontrol/101/participants')).body[0]?.status, { timeout: 3000 })
    .toBe('Connected');
  expect((await rig.get('/callcontrol/106/participants')).body).toEqual([]);
  await hangUp(call);
  await rig.control('PATCH', '/knobs', { answerAfterSeconds: 0.05 });
});

it('brings a call back from a number outside that nobody answers, too', async () => {
  await rig.control('PATCH', '/knobs', { answerAfterSeconds: 100 });
  const { call, path } = await connected('101');
  const order = { destination: '+441632960001', timeout: 1 };
  expect((await rig.post(`${path}/transferto`, order)).status).toBe(200);
  expect((await rig.get('/callcontrol/101/participants')).body).toEqual([]);
  await expect
    .poll(async () => (await rig.get('/callcontrol/101/participants')).body[0]?.status, { timeout: 3000 })
    .toBe('Connected');
  await hangUp(call);
  await rig.control('PATCH', '/knobs', { answerAfterSeconds: 0.05 });
});

it('lets nobody hang up a call that another has taken over, and machines end theirs', async () => {
  await rig.control('PATCH', '/knobs', { talkSeconds: 0.3 });
  const { call, path } = await ringing('101');
  expect((await rig.post(`${path}/divert`, { destination: '105' })).status).toBe(200);
  await expect
    .poll(async () => (await rig.get('/callcontrol/105/participants')).body[0]?.status)
    .toBe('Connected');
  await act({ do: 'transfer', call, by: '105', to: '108' });
  await act({ do: 'answer', call, dn: '108' });
  const machine = await rig.post('/callcontrol/103/makecall', { destination: '999' });
  const own = `/callcontrol/103/participants/${machine.body.result.id}`;
  await expect.poll(async () => (await rig.get(own)).status).toBe(404);
  expect((await rig.get('/callcontrol/108/participants')).body).toMatchObject([{ status: 'Connected' }]);
  await hangUp(call);
  await rig.control('PATCH', '/knobs', { talkSeconds: 600 });
});

it('adds an alternative phone that takes the call over', async () => {
  const { call, path } = await ringing('101');
  expect((await rig.post(`${path}/routeto`, { destination: '107' })).status).toBe(200);
  await expect
    .poll(async () => (await rig.get('/callcontrol/107/participants')).body[0]?.status)
    .toBe('Connected');
  expect((await rig.get(path)).status).toBe(404);
  await hangUp(call);
});

it('takes attached data, and audio only at its own route point', async () => {
  const { call, path } = await connected('101');
  expect((await rig.post(`${path}/attach_party_data`, { attacheddata: { ticket: '12' } })).status).toBe(200);
  expect((await rig.post(`${path}/hold`)).status).toBe(404);
  expect((await rig.get(`${path}/stream`)).status).toBe(403);
  await hangUp(call);

  const ivr = await ringing('relay');
  expect((await rig.post(`${ivr.path}/answer`)).status).toBe(200);
  const { pbxUrl } = rig.simulator.addresses;
  const headers = { authorization: `Bearer ${await rig.client.token()}` };
  const stream = await fetch(`${pbxUrl}${ivr.path}/stream`, { headers });
  const heard = await stream.body?.getReader().read();
  expect(heard?.value?.length).toBeGreaterThanOrEqual(320);
  await hangUp(ivr.call);
});

it('refuses a socket without a good Bearer token', async () => {
  const { socketUrl, clientId, clientSecret } = rig.simulator.addresses;
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
  for (const headers of [{}, { authorization: basic }, { authorization: 'Bearer stale' }]) {
    const socket = new WebSocket(socketUrl, { headers });
    socket.on('error', () => {});
    const status = await new Promise(resolve => {
      socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
    });
    expect(status).toBe(401);
  }
});

it('answers requests over the socket by an event of type 4', async () => {
  const headers = { authorization: `Bearer ${await rig.client.token()}` };
  const socket = new WebSocket(rig.simulator.addresses.socketUrl, { headers });
  await new Promise(resolve => socket.once('open', resolve));
  const ask = async (request: unknown) => {
    socket.send(typeof request === 'string' ? request : JSON.stringify(request));
    return new Promise(resolve => socket.once('message', data => resolve(JSON.parse(String(data)).event)));
  };
  expect(await ask({ RequestID: '1', Path: '/callcontrol/101' })).toMatchObject({
    event_type: 4,
    attached_data: { RequestID: '1', Path: '/callcontrol/101', StatusCode: 200, Response: { dn: '101' } },
  });
  expect(await ask({ RequestID: '2', Path: '/nowhere' })).toMatchObject({
    attached_data: { StatusCode: 404 },
  });
  expect(await ask('no json')).toMatchObject({ event_type: 4, attached_data: { StatusCode: 400 } });
  socket.terminate();
});
