import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Operating, PASSWORD } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
beforeAll(async () => {
  rig = await RelayRig.start();
  operating = new Operating(rig);
});
afterAll(() => rig.stop());

const order = { name: 'crm', permissions: ['read'] };

async function newKey(): Promise<{ id: string; key: string }> {
  const { status, body } = await operating.ask('POST', '/admin/api-keys', { body: order });
  expect(status).toBe(201);
  return { id: body.record.id, key: body.key };
}

function statusWith(key: string): Promise<number> {
  return rig.get('/relay/me', { authorization: `Bearer ${key}` }).then(({ status }) => status);
}

it('makes a key that works, shows it once, counts its use, rotates and revokes it', async () => {
  const { id, key } = await newKey();
  expect(await statusWith(key)).toBe(200);
  const list = JSON.stringify((await operating.get('/admin/api-keys')).body);
  expect(list).toContain(id);
  expect(list).not.toContain(key);
  const usage = await operating.get(`/admin/api-keys/${id}/usage`);
  expect(usage.body).toMatchObject({
    requests: 1,
    refused: 0,
    routes: [{ route: '/relay/me', status: 200 }],
  });

  const rotated = await operating.ask('POST', `/admin/api-keys/${id}/rotate`, {
    body: { overlapMs: 60_000 },
  });
  expect(rotated.body.record).toMatchObject({ rotatedFrom: id, name: 'crm', isLive: true });
  expect([await statusWith(key), await statusWith(rotated.body.key)]).toEqual([200, 200]);

  const socket = rig.connect('', { authorization: `Bearer ${key}` });
  await expect.poll(() => socket.of('hello').length).toBe(1);
  const revoked = await operating.ask('DELETE', `/admin/api-keys/${id}`);
  expect([revoked.status, revoked.body.isLive]).toEqual([200, false]);
  await expect.poll(() => socket.closeCode).toBe(4401);
  expect(await statusWith(key)).toBe(401);
  const again = await operating.ask('POST', `/admin/api-keys/${id}/rotate`, { body: {} });
  expect([again.status, again.body.code]).toEqual([409, 'E_CONFLICT']);

  const rows = await operating.audited('?action=key');
  expect(rows.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['key.rotate', 'refused'],
    ['key.revoke', 'ok'],
    ['key.rotate', 'ok'],
    ['key.create', 'ok'],
  ]);
  expect(rows.at(-1)).toMatchObject({ subject: id, detail: { name: 'crm', permissions: ['read'] } });
  expect(rows[2]).toMatchObject({ subject: id, detail: { next: rotated.body.record.id } });
});

it('the key stands in no log line and no row', async () => {
  const { key } = await newKey();
  const secret = key.split('_')[2] ?? '';
  const logs = JSON.stringify((await operating.get('/admin/logs?limit=2000')).body);
  const rows = JSON.stringify(await operating.audited());
  expect((logs + rows + rig.logged.join('')).includes(secret)).toBe(false);
});

it('makes, changes and removes operators; the last admin stays; a new password ends logins', async () => {
  const token = await operating.login('anna', 'admin');
  const { body } = await operating.get('/admin/users', { token });
  const [anna] = body.users;
  const last = await operating.ask('DELETE', `/admin/users/${anna.id}`, { token });
  expect([last.status, last.body.code]).toEqual([409, 'E_CONFLICT']);
  const ben = await operating.ask('POST', '/admin/users', {
    token,
    body: { name: 'ben', role: 'viewer', password: PASSWORD },
  });
  expect([ben.status, ben.body.createdBy]).toEqual([201, 'anna']);
  const twice = await operating.ask('POST', '/admin/users', {
    token,
    body: { name: 'ben', role: 'viewer', password: PASSWORD },
  });
  expect([twice.status, twice.body.code]).toEqual([409, 'E_CONFLICT']);
  const changed = await operating.ask('PATCH', `/admin/users/${ben.body.id}`, {
    token,
    body: { role: 'admin' },
  });
  expect(changed.body.role).toBe('admin');
  const removed = await operating.ask('DELETE', `/admin/users/${ben.body.id}`, { token });
  expect([removed.status, removed.body.name]).toEqual([200, 'ben']);
  const own = await operating.ask('PATCH', `/admin/users/${anna.id}`, {
    token,
    body: { password: 'another one entirely' },
  });
  expect(own.status).toBe(200);
  expect((await operating.get('/admin/whoami', { token })).status).toBe(401);
  const rows = await operating.audited('?action=user');
  expect(
    rows.map(({ action, subject, outcome, actor }) => `${actor} ${action} ${subject} ${outcome}`),
  ).toEqual([
    'anna user.change anna ok',
    'anna user.remove ben ok',
    'anna user.change ben ok',
    'anna user.create ben ok',
    'anna user.remove anna refused',
    'operator user.create anna ok',
  ]);
  expect(JSON.stringify(rows)).not.toContain('another one');
});

it('a role that was taken away is gone at the next request', async () => {
  const token = await operating.login('carl', 'admin');
  const { users } = (await operating.get('/admin/users')).body;
  const { id } = users.find(({ name }: { name: string }) => name === 'carl');
  await operating.ask('PATCH', `/admin/users/${id}`, { body: { role: 'viewer' } });
  expect((await operating.ask('POST', '/admin/api-keys', { token, body: order })).status).toBe(401);
});
