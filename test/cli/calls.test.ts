import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, Shell } from './kit.ts';
import { Listening } from './listening.ts';
import { hasTerminal, Terminal } from './terminal.ts';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  shell = new Shell(rig.home);
  ring('first', '101');
});
afterAll(() => rig.stop());

/** A caller from outside, and whom his call is put through to. */
function ring(call: string, dn: string): void {
  rig.act({ do: 'dialIn', call, from: '+442079460101', name: 'Maple, Rita', did: '+442079460200' });
  rig.act({ do: 'route', call, to: dn });
}

async function seen(count: number, state = 'ringing') {
  const calls = async () => (await rig.get('/relay/active-calls')).body.calls;
  await expect
    .poll(async () => (await calls()).filter((call: { state: string }) => call.state === state).length)
    .toBe(count);
  return calls();
}

it('shows who speaks with whom, in 80 columns, with masked numbers', async () => {
  const [call] = await seen(1);
  const text = await shell.text('calls');
  const [header, row, end] = text.split('\n');
  expect(header).toMatch(/^ID +STATE +FOR +DIR +FROM +TO +QUEUE$/);
  expect(row).toMatch(
    new RegExp(`^${call.id.slice(-8)}  ringing +0:\\d\\d +in +\\*\\*\\*101.* +101 Test, Ada +-$`),
  );
  expect([end, row?.length]).toEqual(['', expect.toSatisfy(length => length <= 80)]);
  const cells = (await shell.text('calls', '--plain', '--show-numbers')).split('\t');
  expect([cells.length, cells[0], cells[1], cells[5]]).toEqual([
    ...[9, call.id, 'ringing'],
    expect.stringContaining('+442079460101'),
  ]);
  expect((await shell.json('calls', '--show-numbers')).calls).toEqual([call]);
  const masked = await shell.json('calls');
  expect(masked).toMatchObject({ stale: false, calls: [{ id: call.id, from: { number: '***101' } }] });
});

it('shows only what is asked for', async () => {
  expect(await shell.text('calls', '--dn', '102')).toBe('There are no such calls at this moment.\n');
  expect((await shell.json('calls', '--dn', '102', '--dn', '101')).calls).toHaveLength(1);
  expect((await shell.json('calls', '--state', 'held')).calls).toEqual([]);
  expect((await shell.run(['calls', '--state', 'odd'])).code).toBe(2);
});

it('shows one call with its legs, and what happened to it', async () => {
  const [{ id }] = await seen(1);
  rig.act({ do: 'answer', call: 'first', dn: '101' });
  await seen(1, 'connected');
  const { call, timeline } = await shell.json('calls', 'show', id.slice(-8));
  expect(call).toMatchObject({ id, state: 'connected', from: { number: '***101' }, legs: [{ dn: '101' }] });
  const changes = timeline.map(({ change }: { change: string }) => change);
  expect([changes[0], changes.at(-1)]).toEqual(['call.started', 'call.answered']);
  const text = await shell.text('calls', 'show', id);
  expect(text).toMatch(/^id +3cx:/);
  expect(text).toMatch(/^started +\S+ \S+ \(\d+ s ago\)$/m);
  expect(text).toMatch(/^101 +connected +\d{4}-/m);
  expect(text).toMatch(/ call\.answered +connected +101 Test, Ada/);
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([]);
  const plain = await shell.text('calls', 'show', id, '--plain');
  expect(plain.split('\n')[0]?.split('\t')).toHaveLength(6);
});

it('names a call that is not there', async () => {
  ring('second', '102');
  await seen(1, 'ringing');
  const missing = await shell.run(['calls', 'show', 'nobody', '--json']);
  expect([missing.code, JSON.parse(missing.stderr).error]).toEqual([
    5,
    { code: 'E_NOT_FOUND', message: expect.any(String), hint: expect.stringContaining('3cx-relay history') },
  ]);
  const empty = await shell.run(['calls', 'show', '', '--json']);
  expect([empty.code, JSON.parse(empty.stderr).error.code]).toEqual([2, 'E_USAGE']);
});

it('goes on while it is watched: a document for every change, through a restart, until it is stopped', async () => {
  const watching = new Listening(shell, ['calls', '--watch', '--json', '--dn', '103']);
  await expect.poll(() => watching.lines.length).toBe(1);
  ring('third', '103');
  const counts = () =>
    watching.lines.map(line => documentOf({ code: 0, stdout: `${line}\n`, stderr: '' }).data.calls.length);
  await expect.poll(counts).toEqual(expect.arrayContaining([0, 1]));
  await rig.daemon.stop();
  await expect.poll(() => watching.stderr).toContain('The daemon is away');
  rig.act({ do: 'hangUp', call: 'third', by: 'caller' });
  await rig.startDaemon();
  await expect.poll(() => counts().at(-1)).toBe(0);
  expect(await watching.end('SIGTERM')).toBe(143);
});

it.runIf(hasTerminal)('is drawn in place on a terminal, which is left as it was', async () => {
  const terminal = new Terminal(rig.home, 'calls --watch');
  await terminal.shows(/connected|ringing/);
  await terminal.answers('Ctrl-C ends.', '\u0003');
  expect(await terminal.end).toBe(130);
  const entered = terminal.shown.indexOf('\u001b[?1049h');
  const left = terminal.shown.lastIndexOf('\u001b[?1049l');
  expect(entered).toBeGreaterThanOrEqual(0);
  expect(left).toBeGreaterThan(entered);
});

it('says when the phone system cannot be seen', async () => {
  rig.simulator.pbx.knobs.turn({ socketStatus: 503, httpStatus: 503 });
  await rig.daemon.stop();
  await rig.startDaemon();
  await expect.poll(async () => (await rig.get('/relay/active-calls')).body.stale).toBe(true);
  const { stderr, code } = await shell.run(['calls']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('The phone system cannot be seen')]);
  expect((await shell.run(['calls', '--quiet'])).stderr).toBe('');
  expect((await shell.json('calls')).stale).toBe(true);
});
