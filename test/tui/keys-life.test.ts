import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

const KEY = /rk_[0-9a-z]+_[0-9a-f]{64}_[0-9a-z]+/;

let rig: RelayRig;
let operating: Operating;
let desktop: Desktop;
/** As it was read from the screen, the way a person does. */
let key = '';
let socket: RelaySocket;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/healthy|degraded/);
  desktop.press('5');
  await desktop.shows(/▸ test +active/);
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

interface Told {
  id: string;
  name: string;
  isLive: boolean;
  [more: string]: unknown;
}

async function keysAtDaemon(): Promise<Told[]> {
  return (await operating.get('/admin/api-keys')).body.keys;
}

function bearer(of: string): { authorization: string } {
  return { authorization: `Bearer ${of}` };
}

describe('a key that is made', () => {
  it('is asked for in a form, which says what is wrong and loses nothing without a word', async () => {
    desktop.press('c');
    await desktop.shows('new key');
    desktop.press('up');
    await desktop.shows('Empty for the usual limit: KEY_RATE_PER_MINUTE, 300');
    desktop.press('enter');
    await desktop.shows('Name: a name is needed');
    desktop.press('wallboard', 'up', 'lots');
    await desktop.shows(/Requests a minute +lots/);
    desktop.press('enter');
    await desktop.shows('Requests a minute: a whole number');
    desktop.press('ctrl-u', '600', 'up', 'soon', 'enter', 'enter');
    await desktop.shows('Expires in: it must be a whole number and a unit');
    desktop.press('ctrl-u', '90d', 'escape');
    await desktop.shows(/What was written is lost. Esc again leaves/);
    desktop.press('up');
    await desktop.showsNot('What was written is lost');
    desktop.press('ctrl-c');
    await desktop.shows('What was written is lost');
    desktop.press('down', 'up');
    await desktop.showsNot('What was written is lost');
    desktop.press('10.0.0.0/99', 'enter', 'enter', 'enter');
    await desktop.shows(/networks.0: a network is like/);
    expect(await keysAtDaemon()).toHaveLength(1);
  });

  it('is made with what was written, and shown once', async () => {
    desktop.press('up', 'up');
    await desktop.shows('Only from these, such as 10.0.0.0/8');
    desktop.press('ctrl-u', 'up', '900', 'up', '101, 102', 'up', 'right', ' ');
    await desktop.shows(/\[x\] read +\[x\] write +\[ \] metrics/);
    desktop.press(...Array.from({ length: 6 }, () => 'enter'));
    await desktop.shows(KEY);
    key = KEY.exec(desktop.text)?.[0] ?? '';
    const made = (await keysAtDaemon()).find(({ name }) => name === 'wallboard');
    expect(made).toMatchObject({
      permissions: ['read', 'write'],
      extensions: ['101', '102'],
      queues: ['900'],
      networks: null,
      ratePerMinute: 600,
      expiresAt: expect.any(Number),
      isLive: true,
    });
    expect((await rig.get('/relay/me', bearer(key))).status).toBe(200);
  });

  it('stands in pieces that can be put together again, where it is wider than the terminal', async () => {
    desktop.resize(80, 24);
    await desktop.shows(/5Keys/);
    await desktop.showsNot(key);
    expect(desktop.lines.join('')).toContain(key);
    desktop.resize(120, 40);
    await desktop.shows(key);
  });

  it('is copied when that is asked for, exactly, and left only by who has it', async () => {
    expect(desktop.sent).not.toContain('\u001b]52;');
    desktop.press('ctrl-y');
    await desktop.shows(/It is in your terminal's clipboard/);
    const copied = desktop.sent.split('\u001b]52;c;')[1]?.split('\u0007')[0] ?? '';
    expect(Buffer.from(copied, 'base64').toString()).toBe(key);
    desktop.press('escape');
    await desktop.shows('It is shown only here. Type stored to leave.');
    desktop.press('ctrl-c', '5', 'q', 'enter');
    await desktop.shows('It is shown only here. Type stored when you have it.');
    expect(desktop.text).toContain(key);
    desktop.press('ctrl-u', 'stored', 'enter');
    await desktop.shows(/▸ wallboard +active +read,write/);
  });

  it('is nowhere any more: not on the screen, in no log, in nothing that is drawn later', async () => {
    const [, , secret = ''] = key.split('_');
    desktop.sent = '';
    for (const screen of ['1', '8', '9', '5']) {
      desktop.press(screen);
      await desktop.shows(screen === '5' ? /▸ wallboard/ : /\S/);
    }
    desktop.press('Y', 'enter');
    await desktop.shows(/Keys > \w+/);
    desktop.press('escape');
    await desktop.shows(/▸ wallboard/);
    for (const text of [desktop.text, desktop.sent, rig.logged.join('')]) expect(text).not.toContain(secret);
    const kept = JSON.stringify([
      (await operating.get('/admin/logs?limit=2000')).body,
      await operating.audited(),
      await keysAtDaemon(),
    ]);
    expect(kept).not.toContain(secret);
  });
});

describe('a key in use', () => {
  it('shows who is connected with it, and what was asked', async () => {
    socket = rig.connect('', bearer(key));
    await expect.poll(() => socket.of('hello').length).toBe(1);
    await desktop.shows(/▸ wallboard +active +read,write +\S.* 1 +\d\d:\d\d/);
    desktop.press('6');
    await desktop.shows(/▸ wallboard +127\.0\.0\.1 +websocket/);
    for (let one = 0; one < 4; one++) await rig.get('/relay/active-calls', bearer(key));
    await rig.get('/relay/metrics', bearer(key));
    desktop.press('5');
    await desktop.shows(/▁+█ +7 in all, 1 refused, at most 7 in 1 h/);
    await desktop.shows(/\/relay\/active-calls +200 +4 /);
    await desktop.shows(/\/relay\/metrics +403 +1 /);
  });

  it('is rotated: both work until the overlap is over', async () => {
    desktop.press('t');
    await desktop.shows(/A new key with the rights of wallboard/);
    desktop.press('ctrl-u', 'soon', 'enter');
    await desktop.shows('Overlap: it must be a whole number and a unit');
    desktop.press('ctrl-u', '1h', 'enter');
    await desktop.shows(/The new key of wallboard/);
    const next = KEY.exec(desktop.text)?.[0] ?? '';
    expect(next).not.toBe(key);
    desktop.press('stored', 'enter');
    await desktop.showsNot(next);
    const statuses = [key, next].map(async one => (await rig.get('/relay/me', bearer(one))).status);
    expect(await Promise.all(statuses)).toEqual([200, 200]);
    await expect.poll(() => desktop.lines.filter(line => /wallboard +active/.test(line))).toHaveLength(2);
    const [row] = await operating.audited('?action=key.rotate');
    expect(row).toMatchObject({ outcome: 'ok', via: 'operator-token' });
  });

  it('is revoked only by who types its name; its program is cut off', async () => {
    const old = (await keysAtDaemon()).find(({ id }) => key.startsWith(`rk_${id}_`));
    desktop.press('/', old?.id ?? '', 'enter');
    await desktop.shows(/ 1 of 3 +1-1\/1/);
    desktop.press('x');
    await desktop.shows(/ends now and for ever. 1 connection with it is/);
    desktop.press('y', 'enter');
    await desktop.shows('That is not wallboard: nothing was done.');
    expect(socket.closeCode).toBe(0);
    desktop.press('ctrl-u', 'wallboard', 'enter');
    await desktop.shows('The key wallboard has ended.');
    await expect.poll(() => socket.closeCode).toBe(4401);
    await desktop.shows(/▸ wallboard +revoked/);
    expect((await rig.get('/relay/me', bearer(key))).status).toBe(401);
    const [row] = await operating.audited('?action=key.revoke');
    expect(row).toMatchObject({ outcome: 'ok', subject: old?.id });
    // What has ended can neither be rotated nor revoked again, and is not offered.
    await expect.poll(() => desktop.lines.at(-1)).not.toMatch(/revoke|rotate/);
    desktop.press('x', 't');
    desktop.press('6');
    await desktop.shows('No program is connected');
  });
});
