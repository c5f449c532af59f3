import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

it('makes the first admin by the setup token, once', async () => {
  const file = join(rig.home, 'setup.token');
  const token = readFileSync(file, 'utf8').trim();
  const order = { token, name: 'anna', password: PASSWORD };
  const wrong = await operating.ask('POST', '/admin/setup', {
    token: null,
    body: { ...order, token: 'rsu_00' },
  });
  expect([wrong.status, wrong.body.code]).toEqual([401, 'E_LOGIN_NEEDED']);
  const made = await operating.ask('POST', '/admin/setup', { token: null, body: order });
  expect([made.status, made.body.name, made.body.role]).toEqual([201, 'anna', 'admin']);
  expect(JSON.stringify(made.body)).not.toContain('hash');
  expect(existsSync(file)).toBe(false);
  expect((await operating.ask('POST', '/admin/setup', { token: null, body: order })).status).toBe(401);
  const rows = await operating.audited('?action=setup');
  expect(rows.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['setup.fail', 'refused'],
    ['setup.redeem', 'ok'],
    ['setup.fail', 'refused'],
  ]);
});

it('lets an operator in by name and password, says who he is, and out again', async () => {
  const token = await operating.login('vera', 'viewer');
  const me = await operating.get('/admin/whoami', { token });
  expect(me.body).toEqual({
    name: 'vera',
    role: 'viewer',
    via: 'login',
    claimedUser: null,
    expiresAt: expect.any(Number),
  });
  expect((await operating.ask('POST', '/admin/logout', { token })).status).toBe(204);
  expect((await operating.get('/admin/whoami', { token })).status).toBe(401);
  const rows = await operating.audited('?action=login&actor=vera');
  expect(rows.map(({ action }) => action)).toEqual(['login.end', 'login.ok']);
});

it('answers a wrong password and an unknown name alike, and writes both down', async () => {
  const answers = await Promise.all(
    [
      { name: 'vera', password: 'not this one' },
      { name: 'nobody', password: 'not this one' },
    ].map(body => operating.ask('POST', '/admin/login', { token: null, body })),
  );
  const [one, other] = answers.map(({ status, body: { requestId: _, ...body } }) => ({ status, body }));
  expect(one).toEqual(other);
  expect(one).toMatchObject({ status: 401, body: { code: 'E_LOGIN_FAILED' } });
  expect((await operating.audited('?action=login.fail')).length).toBe(2);
});

it('knows the operator token, and writes down the Unix user as claimed', async () => {
  const headers = { 'x-claimed-user': 'sven' };
  const me = await operating.get('/admin/whoami', { headers });
  expect(me.body).toMatchObject({ name: 'operator', role: 'admin', claimedUser: 'sven', expiresAt: null });
  await operating.ask('POST', '/admin/connections/xapi/reconnect', { headers });
  const [row] = await operating.audited();
  expect(row).toMatchObject({
    actor: 'operator',
    via: 'operator-token',
    source: 'control-socket',
    action: 'component.reconnect',
    subject: 'xapi',
    outcome: 'ok',
    detail: { claimedUser: 'sven' },
  });
});

it('changes his own password by the old one, a viewer too; his other logins end', async () => {
  const token = await operating.login('wilma', 'viewer');
  const other = await operating.login('wilma', 'viewer');
  const change = (old: string, next: string, by = token) =>
    operating.ask('POST', '/admin/password', { token: by, body: { old, new: next } });
  const next = 'another one entirely';
  const short = await change(PASSWORD, 'short');
  expect([short.status, short.body.code]).toEqual([400, 'E_BAD_REQUEST']);
  const byToken = await change(PASSWORD, next, operating.operatorToken);
  expect([byToken.status, byToken.body.detail]).toEqual([400, expect.stringMatching(/has no password/)]);

  const changed = await change(PASSWORD, next);
  expect([changed.status, changed.body.operator.name]).toEqual([200, 'wilma']);
  const stillIn = [token, other, changed.body.token].map(one =>
    operating.get('/admin/whoami', { token: one }),
  );
  expect((await Promise.all(stillIn)).map(({ status }) => status)).toEqual([401, 401, 200]);
  const rows = await operating.audited('?action=user.change&actor=wilma');
  expect(rows).toMatchObject([{ subject: 'wilma', outcome: 'ok', detail: { isPasswordNew: true } }]);
  expect(JSON.stringify(rows)).not.toContain(next);
});

it('takes no more logins a minute than the processor can check', async () => {
  const body = { name: '', password: '' };
  const refused = await Promise.all(
    Array.from({ length: 70 }, () => operating.ask('POST', '/admin/login', { token: null, body })),
  );
  const limited = refused.filter(({ status }) => status === 429);
  expect(limited.length).toBeGreaterThan(5);
  expect(Number(limited[0]?.headers['retry-after'])).toBeGreaterThan(0);
});

it('takes the token of a login from nowhere but the header', async () => {
  const { operatorToken } = operating;
  const reply = await operating.get(`/admin/whoami?token=${operatorToken}`, { token: null });
  expect(reply.status).toBe(401);
});
