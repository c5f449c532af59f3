import { afterEach, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;

beforeEach(async () => {
  rig = await startRig();
});
afterEach(() => rig.stop());

function credentials(changes: Record<string, string> = {}): Record<string, string> {
  const { clientId, clientSecret } = rig.simulator.addresses;
  return { client_id: clientId, client_secret: clientSecret, grant_type: 'client_credentials', ...changes };
}

async function ask(body: URLSearchParams | FormData): Promise<{ status: number; text: string }> {
  const response = await fetch(rig.simulator.addresses.tokenUrl, { method: 'POST', body });
  return { status: response.status, text: await response.text() };
}

async function askToken(): Promise<string> {
  return JSON.parse((await ask(new URLSearchParams(credentials()))).text).access_token;
}

async function statusWith(token: string, path = '/xapi/v1/Defs?$select=Id'): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(rig.simulator.addresses.pbxUrl + path, { headers })).status;
}

it('takes the form of the guides and the form of the vendor’s sample code', async () => {
  const multipart = new FormData();
  for (const [name, value] of Object.entries(credentials())) multipart.set(name, value);
  for (const body of [new URLSearchParams(credentials()), multipart]) {
    const { status, text } = await ask(body);
    expect(status).toBe(200);
    const answer = JSON.parse(text);
    expect(answer).toEqual({
      token_type: 'Bearer',
      expires_in: 60,
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      refresh_token: null,
    });
    const [head, claims] = answer.access_token.split('.').slice(0, 2).map(decode);
    expect(head).toEqual({ alg: 'ES256', typ: 'JWT' });
    expect(claims.exp - Date.now() / 1000).toBeGreaterThan(3590);
    expect(claims.role).toEqual(['system_owners', 'Enterprise']);
  }
});

it('tells its lifetime in seconds from 20.0.9 on', async () => {
  await rig.control('PATCH', '/knobs', { tokenExpiresInUnit: 'seconds', version: '20.0.9.1' });
  expect(JSON.parse((await ask(new URLSearchParams(credentials()))).text).expires_in).toBe(3600);
});

it('refuses a wrong secret, a wrong id and a missing grant type', async () => {
  for (const wrong of [{ client_secret: 'no' }, { client_id: 'nobody' }]) {
    const { status, text } = await ask(new URLSearchParams(credentials(wrong)));
    expect(status).toBe(401);
    expect(JSON.parse(text)).toEqual({
      error: 'unauthorized',
      error_description: 'The request requires valid user authentication.',
    });
  }
  expect((await ask(new URLSearchParams(credentials({ grant_type: 'password' })))).status).toBe(400);
});

it('lets a new token end the old one at once, but not the open socket', async () => {
  const old = await askToken();
  const headers = { authorization: `Bearer ${old}` };
  const socket = new WebSocket(rig.simulator.addresses.socketUrl, { headers });
  await new Promise(resolve => socket.once('open', resolve));
  const fresh = await askToken();
  expect([await statusWith(old), await statusWith(fresh)]).toEqual([401, 200]);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.terminate();
});

it('can also close open sockets with a new token, or let the old one live', async () => {
  await rig.control('PATCH', '/knobs', { newTokenClosesSockets: true });
  const socket = new WebSocket(rig.simulator.addresses.socketUrl, {
    headers: { authorization: `Bearer ${await askToken()}` },
  });
  await new Promise(resolve => socket.once('open', resolve));
  const closed = new Promise(resolve => socket.once('close', resolve));
  await rig.control('POST', '/break/mintToken');
  expect(await closed).toBe(1001);

  await rig.control('PATCH', '/knobs', { newTokenRevokesOld: false });
  const old = await askToken();
  const fresh = await askToken();
  expect([await statusWith(old), await statusWith(fresh)]).toEqual([200, 200]);
});

it('ends a token when its time is over, and all of them when told to', async () => {
  await rig.control('PATCH', '/knobs', { tokenLifetimeSeconds: 1 });
  const short = await askToken();
  await expect.poll(() => statusWith(short), { timeout: 3000 }).toBe(401);
  await rig.control('PATCH', '/knobs', { tokenLifetimeSeconds: 3600 });
  const long = await askToken();
  await rig.control('POST', '/break/revokeTokens');
  expect(await statusWith(long)).toBe(401);
});

it('can fail with any status', async () => {
  await rig.control('PATCH', '/knobs', { tokenStatus: 503 });
  expect(await ask(new URLSearchParams(credentials()))).toEqual({ status: 503, text: '' });
});

it('is missing from the licence: no Enterprise role, no call control', async () => {
  await rig.control('PATCH', '/knobs', { licence: 'pro' });
  const token = await askToken();
  expect(decode(token.split('.')[1] ?? '').role).toEqual(['system_owners']);
  expect(await statusWith(token, '/callcontrol')).toBe(403);
});

// biome-ignore lint/suspicious/noExplicitAny: a token's claims
function decode(part: string): any {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
