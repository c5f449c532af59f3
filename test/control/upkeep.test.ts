import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { violations } from '../relay/openapi-check.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { type ControlReply, Operating } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes
let document: any;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
  document = (await operating.get('/admin/openapi.json')).body;
});
afterAll(() => rig.stop());

function expectAsDescribed(method: string, path: string, reply: ControlReply): void {
  expect(violations(document, { path, method, reply: { ...reply, headers: new Headers() } })).toEqual([]);
}

it('makes a backup while all is in use, one at a time', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => operating.ask('POST', '/admin/backup')));
  const [made, refused] = one?.status === 201 ? [one, other] : [other, one];
  expect([made?.status, refused?.status, refused?.body.code]).toEqual([201, 409, 'E_CONFLICT']);
  if (made) expectAsDescribed('post', '/admin/backup', made);
  const { folder, manifest } = made?.body ?? {};
  expect(folder.startsWith(join(rig.home, 'backups'))).toBe(true);
  expect(manifest.files.map(({ name }: { name: string }) => name)).toEqual(['state.db', 'journal.db']);
  expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest);
  expect(statSync(join(folder, 'state.db')).mode & 0o777).toBe(0o600);
  const named = await operating.ask('POST', '/admin/backup', {
    body: { folder: join(rig.home, 'elsewhere') },
  });
  expect(existsSync(join(rig.home, 'elsewhere'))).toBe(true);
  expect(named.status).toBe(201);
  const rows = await operating.audited('?action=backup');
  expect(rows.map(({ outcome, subject }) => [outcome, subject])).toEqual([
    ['ok', join(rig.home, 'elsewhere')],
    ['ok', null],
    ['refused', null],
  ]);
});

it('says of each what it would do: nothing is done, nothing written down', async () => {
  const dry = { body: { dryRun: true } };
  const [before, folders] = [await operating.audited(), readdirSync(rig.home)];
  const planned = await operating.ask('POST', '/admin/backup', dry);
  expectAsDescribed('post', '/admin/backup', planned);
  expect([planned.status, planned.body.bytes > 0]).toEqual([200, true]);
  const tidied = await operating.ask('POST', '/admin/maintenance', dry);
  expectAsDescribed('post', '/admin/maintenance', tidied);
  const read = await operating.ask('POST', '/admin/reload', dry);
  expect([read.status, read.body]).toEqual([200, { applied: [], needsRestart: [], warnings: [] }]);
  expect([await operating.audited(), readdirSync(rig.home)]).toEqual([before, folders]);
  const wrong = await operating.ask('POST', '/admin/reload', { body: { dryrun: true } });
  expect([wrong.status, wrong.body.code]).toEqual([400, 'E_BAD_REQUEST']);
});

it('a folder where none can be made is refused, and keeps nobody waiting', async () => {
  const { status, body } = await operating.ask('POST', '/admin/backup', {
    body: { folder: '/proc/none/of' },
  });
  expect([status, body.detail]).toEqual([400, expect.stringContaining('/proc/none')]);
});

it('tidies up, and says what it did', async () => {
  const reply = await operating.ask('POST', '/admin/maintenance');
  expectAsDescribed('post', '/admin/maintenance', reply);
  expect(reply.body.files.map(({ part, fault }: { part: string; fault: unknown }) => [part, fault])).toEqual([
    ['state', null],
    ['journal', null],
  ]);
  expect((await operating.audited('?action=maintenance')).map(({ outcome }) => outcome)).toEqual(['ok']);
});

it('runs the doctor inside the daemon, once for all who ask at the same time', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => operating.get('/admin/doctor')));
  if (one) expectAsDescribed('get', '/admin/doctor', one);
  expect(one?.body.daemon).toBe('running');
  expect(one?.body.startedAt).toBe(other?.body.startedAt);
}, 40_000);

it('reconnects a connection now', async () => {
  const connection = async () =>
    (await operating.get('/admin/connections')).body.components.find(
      (one: { component: string }) => one.component === 'callcontrol',
    );
  const before = await connection();
  expect(before).toMatchObject({ state: 'up', signs: { isOpen: true } });
  expect((await operating.ask('POST', '/admin/connections/callcontrol/reconnect')).status).toBe(202);
  const history = async () =>
    (await operating.get('/admin/connections/history?component=callcontrol')).body.changes;
  await expect.poll(async () => (await history()).length).toBeGreaterThan(1);
  await expect.poll(async () => (await connection()).state).toBe('up');
  const [row] = await operating.audited('?action=component');
  expect(row).toMatchObject({ subject: 'callcontrol', outcome: 'ok' });
});

it('shows errors, acknowledges one and then all of a component, and writes it down', async () => {
  const { errors } = rig.daemon.health;
  for (const place of ['a', 'b', 'b', 'c']) {
    errors.note({ code: 'E_WATCH', place, detail: `at ${place}`, component: 'relay', severity: 'warning' });
  }
  const open = async () =>
    (await operating.get('/admin/errors?component=relay&severity=warning&acknowledged=false')).body.errors;
  const shown = await open();
  expect(shown.map(({ place, count }: { place: string; count: number }) => [place, count])).toEqual([
    ['c', 1],
    ['b', 2],
    ['a', 1],
  ]);
  const one = await operating.ask('POST', `/admin/errors/${shown[0].id}/acknowledge`);
  expect([one.status, one.body]).toEqual([200, { acknowledged: 1 }]);
  expect((await operating.ask('POST', `/admin/errors/${shown[0].id}/acknowledge`)).body.acknowledged).toBe(0);
  const rest = await operating.ask('POST', '/admin/errors/all/acknowledge', { body: { component: 'relay' } });
  expectAsDescribed('post', '/admin/errors/{id}/acknowledge', rest);
  expect(rest.body.acknowledged).toBeGreaterThanOrEqual(2);
  expect(await open()).toEqual([]);
  const [row] = await operating.audited('?action=error');
  expect(row).toMatchObject({ subject: 'all', outcome: 'ok', detail: { component: 'relay' } });
  const { body } = await operating.get('/admin/conditions');
  expect(JSON.stringify(body)).not.toContain('STATE_NOT_WRITABLE');
});

it('an error that was noted this instant can be acknowledged at once', async () => {
  rig.daemon.health.errors.note({ code: 'E_WATCH', place: 'now', detail: 'x' });
  const asked = await operating.ask('POST', '/admin/errors/all/acknowledge');
  expect(asked.body.acknowledged).toBeGreaterThan(0);
  expect(rig.daemon.health.conditions.isRaised('STATE_NOT_WRITABLE')).toBe(false);
});

it('shows what is wrong with cause and fix, and what was wrong', async () => {
  const { conditions } = rig.daemon.health;
  conditions.raise('JOURNAL_NOT_DURABLE', 'a story');
  const told = async () => (await operating.get('/admin/conditions')).body;
  await expect.poll(async () => JSON.stringify((await told()).current)).toContain('JOURNAL_NOT_DURABLE');
  conditions.clear('JOURNAL_NOT_DURABLE');
  await expect.poll(async () => JSON.stringify((await told()).current)).not.toContain('JOURNAL_NOT_DURABLE');
  const [newest] = (await told()).history;
  expect(newest).toMatchObject({ code: 'JOURNAL_NOT_DURABLE', clearedAt: expect.any(Number) });
});

it('finds the log of deeds sound, also against a head that was written down elsewhere', async () => {
  const line = rig.logged.find(text => text.includes('"audit log"')) ?? '{}';
  const { count, head } = JSON.parse(line);
  const sound = await operating.get(`/admin/audit/verify?count=${count}&hash=${head}`);
  expect(sound.body.fault).toBeNull();
  const lied = await operating.get(`/admin/audit/verify?count=1&hash=${'ab'.repeat(32)}`);
  expect(lied.body.fault).toMatchObject({ row: 1, what: 'changed' });
});

it('gives the log by pages and follows it', async () => {
  const first = await operating.get('/admin/logs?limit=1');
  expectAsDescribed('get', '/admin/logs', first);
  const following = await operating.follow(`/admin/logs?after=${first.body.next}&level=info`);
  await operating.ask('POST', '/admin/reload');
  await expect
    .poll(() => following.lines.map(({ message }) => message))
    .toContain('configuration read again');
  const page = await operating.get(`/admin/logs?after=${first.body.next}`);
  expect(page.body.lines.map(({ id }: { id: number }) => id)).toContain(following.lines[0].id);
  const loud = await operating.get('/admin/logs?level=fatal');
  expect(loud.body.lines).toEqual([]);
  following.close();
});

it('tells each check of the doctor when it is done, and the whole at the end, also to two who ask at once', async () => {
  const [first, second] = await Promise.all([
    operating.follow('/admin/doctor'),
    operating.follow('/admin/doctor'),
  ]);
  await expect
    .poll(() => first.of('report').length + second.of('report').length, { timeout: 20_000 })
    .toBe(2);
  for (const followed of [first, second]) {
    const [{ report }] = followed.of('report');
    const names = followed.of('check').map(({ check }) => check.name);
    expect(names.toSorted()).toEqual(report.checks.map((check: { name: string }) => check.name).toSorted());
    expect(followed.lines.at(-1)?.type).toBe('report');
    // As they come, not all at the end: what needs another stands after it.
    expect(names.indexOf('dns')).toBeLessThan(names.indexOf('token'));
  }
});
