import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Shell } from './kit.ts';
import { entriesOf, Listening } from './listening.ts';
import { hasTerminal, Terminal } from './terminal.ts';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  // As newer builds do it: what 3CX says of callers stands in its events.
  rig = await RelayRig.start({ callsPerMinute: 1200 }, {}, {}, ({ pbx }) =>
    pbx.knobs.turn({ attachedData: true }),
  );
  await rig.seesCalls();
  shell = new Shell(rig.home);
  await vi.waitFor(async () => expect((await page('?limit=1')).head).toBeGreaterThan(50), 15_000);
});
afterAll(() => rig.stop());

async function page(query: string) {
  return (await rig.get(`/relay/events${query}`)).body;
}

it('writes what programs get, one entry a line with its place, and numbers only when asked to', async () => {
  const args = ['--since', '1h', '--until', '+1s'];
  const [masked, whole, { entries, epoch }] = await Promise.all([
    shell.run(['listen', ...args]),
    shell.run(['listen', ...args, '--json', '--show-numbers']),
    page('?limit=40'),
  ]);
  expect([masked.code, whole.code]).toEqual([0, 0]);
  expect(masked.stderr).toMatch(/^Connected; the newest entry is \d+\.\n$/);
  const shown = entriesOf(whole.stdout);
  expect(shown.slice(0, 40)).toEqual(entries.map((entry: object) => ({ ...entry, epoch })));
  expect(whole.stdout).toMatch(/"number":"\+\d{9,}"/);
  const hidden = entriesOf(masked.stdout);
  expect(hidden.map(({ seq, time }) => [seq, time]).slice(0, 40)).toEqual(
    shown.map(({ seq, time }) => [seq, time]).slice(0, 40),
  );
  expect(hidden.map(({ seq }) => seq)).toEqual(hidden.map((_, index) => index + 1));
  expect(masked.stdout).toMatch(/"number":"\*\*\*\d{3}"/);
  expect(masked.stdout).not.toMatch(/"\+\d{6,}"/);
});

it('masks also what 3CX itself says in its events', async () => {
  const { stdout } = await shell.run(['listen', '--no-follow', '--type', 'call_event', '--json']);
  const events = entriesOf(stdout);
  expect(events.every(({ type }) => type === 'call_event' || type === 'gap')).toBe(true);
  expect(events[0].data).toMatchObject({
    sequence: expect.any(Number),
    event: { entity: expect.any(String) },
  });
  expect(stdout).toMatch(/"party_caller_id":"\*\*\*\d{3}"/);
  expect(stdout).not.toMatch(/\+\d{6,}/);
});

it.runIf(hasTerminal)('shows people a line an entry, no wider than their terminal', async () => {
  const terminal = new Terminal(rig.home, 'listen --since 1h --dn 101 --dn 900 --dn 102 --until +1s');
  await terminal.end;
  const lines = terminal.shown.trimEnd().split(/\r?\n/);
  expect(lines[0]).toMatch(/^Connected/);
  expect(lines).toContainEqual(
    expect.stringMatching(/^\d\d-\d\d \d\d:\d\d:\d\d {2}call\.\w+ +\w{6} {2}.+ → .+ {2}\w+/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/ {2}call_event +\w+ \/callcontrol\/\d+/));
  expect(lines).toContainEqual(expect.stringMatching(/ {2}agent +101 .+LoggedIn/));
  expect(lines.filter(line => line.length > 80)).toEqual([]);
});

it('gives only what touches an extension, as a table for scripts too', async () => {
  const one = (await page('?types=call&limit=500')).entries.find(
    (entry: { data: { call: { to: { kind: string } } } }) => entry.data.call.to?.kind === 'extension',
  );
  const { dn } = one.data.call.to;
  const plain = await shell.text('listen', '--no-follow', '--type', 'call', '--dn', dn, '--plain');
  const rows = plain
    .trimEnd()
    .split('\n')
    .map(row => row.split('\t'));
  expect(new Set(rows.map(row => row.length))).toEqual(new Set([9]));
  expect(rows.map(row => row[0])).toContain(String(one.seq));
  expect(rows.every(row => row[2] === 'call' && row[4]?.startsWith('call.'))).toBe(true);
  const all = await shell.text('listen', '--no-follow', '--type', 'call', '--plain');
  expect(plain.length).toBeLessThan(all.length);
});

it('goes on through a restart of the daemon without a hole, and ends as it is told', async () => {
  const listening = new Listening(shell, ['listen', '--after', '0']);
  const plain = new Listening(shell, ['listen', '--plain', '--type', 'gap']);
  await Promise.all([listening.connected(), plain.connected()]);
  await expect.poll(() => listening.lines.length).toBeGreaterThan(50);
  await rig.daemon.stop();
  await expect.poll(() => listening.stderr).toContain('The daemon is away');
  const before = listening.entries.at(-1).seq;
  await rig.startDaemon();
  await rig.seesCalls();
  await expect.poll(() => listening.stderr).toContain('Connected again');
  await expect
    .poll(() => listening.entries.some(({ type, scope }) => type === 'gap' && scope === 'source'))
    .toBe(true);
  const seqs = listening.entries.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(seqs.at(-1)).toBeGreaterThan(before);
  expect(new Set(listening.entries.map(({ epoch }) => epoch)).size).toBe(1);
  expect(await listening.end('SIGINT')).toBe(130);
  await expect.poll(() => plain.stdout).toMatch(/\tgap\t3cx\tThe phone system was not heard from .+ to /);
  expect(await plain.end('SIGTERM')).toBe(143);
});

it('tells what cannot be had any more, where it was asked to begin', async () => {
  const { stdout } = await shell.run([
    'listen',
    '--no-follow',
    '--after',
    '7',
    '--epoch',
    'another',
    '--json',
  ]);
  const [gap, first] = entriesOf(stdout);
  expect(gap).toMatchObject({ type: 'gap', scope: 'client', reason: 'epoch', from: 8 });
  expect(first.seq).toBe(1);
  const listening = new Listening(shell, ['listen', '--after', '7', '--epoch', 'another']);
  await expect.poll(() => listening.lines.length).toBeGreaterThan(2);
  expect(listening.entries[0]).toMatchObject({ type: 'gap', reason: 'epoch' });
  await listening.end('SIGINT');
});

it('prints what there is up to a moment, and ends quietly when nobody reads on', async () => {
  const { entries } = await page('?limit=50');
  const times: number[] = entries.map((entry: { time: number }) => entry.time);
  const until = Math.max(...times);
  const { stdout } = await shell.run(['listen', '--no-follow', '--until', new Date(until).toISOString()]);
  const shown = entriesOf(stdout);
  expect(shown.map(({ seq }) => seq)).toEqual(
    expect.arrayContaining(
      entries.filter(({ time }: { time: number }) => time < until).map(({ seq }: { seq: number }) => seq),
    ),
  );
  expect(shown.filter(({ time }) => time >= until)).toEqual([]);
  const listening = new Listening(shell, ['listen', '--after', '0']);
  await expect.poll(() => listening.stdout).not.toBe('');
  listening.child.stdout?.destroy();
  expect(await listening.code()).toBe(0);
  expect(listening.stderr).toMatch(/^Connected[^\n]*\n$/);
});

it('refuses what makes no sense, and says what', async () => {
  const refusals: [string[], string][] = [
    [['--since', '1h', '--after', '1'], 'Both --since and --after'],
    [['--epoch', 'abc'], 'without --after'],
    [['--after', '-1'], '--after is -1'],
    [['--since', 'yesterday'], '--since is "yesterday"'],
    [['--until', '+soon'], '--until is "+soon"'],
    [['--type', 'news'], 'type'],
  ];
  await Promise.all(
    refusals.map(async ([args, why]) => {
      const { code, stdout, stderr } = await shell.run(['listen', ...args, '--json']);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(JSON.parse(stderr).error.message).toContain(why);
    }),
  );
});

it('says that no daemon runs, rather than waiting for one that never did', async () => {
  const home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const commands = ['listen', 'listen --no-follow', 'calls', 'calls --watch', 'history'];
  const outcomes = await Promise.all(commands.map(words => new Shell(home).run(words.split(' '))));
  for (const { code, stderr } of outcomes)
    expect([code, stderr]).toEqual([3, expect.stringContaining('E_DAEMON_AWAY')]);
});

it('forwards each entry in order, tries again what is not taken, and says where it was refused', async () => {
  const taken: number[] = [];
  const answers = [503, 204];
  const server = createServer(async (request, response) => {
    const { seq } = JSON.parse(await text(request));
    const status = answers.shift() ?? 204;
    if (status === 204) taken.push(seq);
    response.writeHead(status).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/calls?secret=canary`;
  const args = ['listen', '--after', '0', '--no-follow', '--type', 'call', '--forward-to', address];
  const { code, stdout, stderr } = await shell.run(args);
  expect([code, taken]).toEqual([0, entriesOf(stdout).map(({ seq }) => seq)]);
  expect(stderr).toMatch(/calls does not take an entry: it answered 503.*\n.*takes entries again/);
  answers.push(204, 410);
  const refused = await shell.run([...args, '--json']);
  const [first, second] = taken;
  expect(entriesOf(refused.stdout).map(({ seq }) => seq)).toEqual([first]);
  expect([refused.code, JSON.parse(refused.stderr).error]).toEqual([
    1,
    {
      code: 'E_FORWARD',
      message: expect.stringContaining('410'),
      hint: expect.stringContaining(`--after ${(second ?? 0) - 1} `),
    },
  ]);
  expect(stderr + refused.stderr).not.toContain('canary');
  const wrong = await shell.run(['listen', '--forward-to', 'ftp://canary']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.not.stringContaining('canary')]);
});
