import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Operating } from '../control/kit.ts';
import { QUICK_SOURCE } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, type Outcome, Shell } from './kit.ts';
import { viewerEnvironment } from './viewer.ts';

let rig: RelayRig;
let shell: Shell;
let operating: Operating;
beforeAll(async () => {
  rig = await RelayRig.start({}, {}, { sourceLimits: QUICK_SOURCE });
  await rig.seesCalls();
  shell = new Shell(rig.home);
  operating = new Operating(rig);
  // Agents are known a moment after the calls.
  await vi.waitFor(async () => {
    expect((await operating.get('/admin/connections')).body.components).toHaveLength(4);
  }, 15_000);
});
afterAll(() => rig.stop());

const note = (code: string, place: string, component = 'relay'): void =>
  rig.daemon.health.errors.note({ code, place, component, severity: 'warning', detail: `of ${place}` });

function narrow(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  expect(lines.filter(line => line.length > 80)).toEqual([]);
  return lines;
}

function errorOf({ stderr }: Outcome): { code: string; message: string; hint: string } {
  return JSON.parse(stderr).error;
}

/** Of `--plain`: as many cells in each row. */
function cellsOf(text: string): string[][] {
  const cells = text
    .replace(/\n$/, '')
    .split('\n')
    .map(row => row.split('\t'));
  expect(new Set(cells.map(({ length }) => length)).size).toBe(1);
  return cells;
}

describe('connections', () => {
  it('are listed with their way and why they are not up', async () => {
    const [text, plain, data] = await Promise.all([
      shell.text('connections'),
      shell.text('connections', '--plain'),
      shell.json('connections'),
    ]);
    expect(narrow(text)[0]).toMatch(/^CONNECTION +STATE +SINCE +LATENCY +NEXT TRY$/);
    expect(text).toMatch(/^callcontrol +up +20.+\n {2}by {3}.*Bearer$/m);
    const [database] = cellsOf(plain).filter(([name]) => name === 'database');
    expect(database?.at(-1)).toContain('3CXPhoneSystem.ini');
    const names = data.connections.map(({ component }: { component: string }) => component);
    expect(names.toSorted()).toEqual(['agents', 'callcontrol', 'database', 'xapi']);
  });

  it('have a history, by component and time, in pages', async () => {
    await rig.simulator.breakIt('cutSockets');
    const changes = async (...more: string[]) => shell.json('connections', 'history', 'callcontrol', ...more);
    const known = async () =>
      (await operating.get('/admin/connections/history?component=callcontrol')).body.changes;
    await expect.poll(async () => (await known()).length, { timeout: 20_000 }).toBeGreaterThan(2);
    await rig.seesCalls();
    const [text, first, long, later] = await Promise.all([
      shell.run(['connections', 'history', 'callcontrol', '--limit', '1']),
      changes('--limit', '1'),
      changes('--since', '1h'),
      changes('--since', '2999-01-01'),
    ]);
    expect(first.changes).toHaveLength(1);
    const next = await changes('--before', String(first.nextBefore));
    expect([...first.changes, ...next.changes]).toEqual(long.changes);
    expect(later).toEqual({ changes: [], nextBefore: null });
    expect(narrow(text.stdout)[1]).toMatch(/^\d+ +20\S+ \S+ +callcontrol +(up|down)/);
    expect(text.stderr).toContain(`--before ${first.nextBefore}`);
  });

  it('are tried again at once, by those who may', async () => {
    const environment = await viewerEnvironment(operating);
    const [done, dry, refused, refusedDry, agents] = await Promise.all([
      shell.json('connections', 'reconnect', 'database'),
      shell.run(['connections', 'reconnect', 'xapi', '--dry-run']),
      shell.run(['connections', 'reconnect', 'xapi', '--json'], { environment }),
      shell.run(['connections', 'reconnect', 'xapi', '--json', '--dry-run'], { environment }),
      shell.run(['connections', 'reconnect', 'agents']),
    ]);
    expect(done).toEqual({ component: 'database', dryRun: false });
    expect({ code: dry.code, stdout: dry.stdout }).toMatchObject({ code: 8, stdout: /Nothing was changed/ });
    for (const { code } of [refused, refusedDry]) expect(code).toBe(4);
    expect(errorOf(refused).code).toBe('E_FORBIDDEN');
    expect(agents).toMatchObject({ code: 2, stdout: '' });
    const deeds = await operating.audited('?action=component.reconnect');
    const told = deeds.map(({ subject, outcome }) => `${subject} ${outcome}`);
    expect(told.toSorted()).toEqual(['database ok', 'xapi refused']);
  });
});

describe('conditions', () => {
  it('are told with cause and fix, and what is only an effect of them', async () => {
    const { conditions } = rig.daemon.health;
    // By a name of its own, since the daemon looks at its disk as well.
    conditions.raise('DISK_VERY_LOW', '/var: 12 MiB are free.', 'test');
    conditions.raise('DISK_LOW', '/var: 12 MiB are free.', 'test');
    const [text, plain, data] = await Promise.all([
      shell.text('conditions'),
      shell.text('conditions', '--plain'),
      shell.json('conditions'),
    ]);
    expect(narrow(text).join('\n')).toMatch(
      /^critical DISK_VERY_LOW, since .+\n {2}what {2}.+\n(.+\n)* {2}seen {2}\/var: 12 MiB.+\n {2}why .+\n {2}do .+/,
    );
    expect(text).toContain('Only effects of that: DISK_LOW');
    expect(cellsOf(plain).map(([kind, , code]) => `${kind} ${code}`)).toContain('hidden DISK_LOW');
    expect(data.current[0]).toMatchObject({ code: 'DISK_VERY_LOW', detail: '/var: 12 MiB are free.' });
    expect(data.history).toEqual([]);
  });

  it('have a history, in pages', async () => {
    const past = async (...more: string[]) => shell.json('conditions', '--history', ...more);
    rig.daemon.health.conditions.clear('DISK_VERY_LOW', 'test');
    rig.daemon.health.conditions.clear('DISK_LOW', 'test');
    const known = async () => (await operating.get('/admin/conditions')).body.current;
    const isOver = async () =>
      (await known()).every(({ code }: { code: string }) => code !== 'DISK_VERY_LOW');
    await expect.poll(isOver).toBe(true);
    const [all, first, text, wrong] = await Promise.all([
      past(),
      past('--limit', '1'),
      shell.text('conditions', '--history'),
      shell.run(['conditions', '--before', '3', '--json']),
    ]);
    const next = await past('--before', String(first.nextBefore));
    expect([...first.history, ...next.history]).toEqual(all.history);
    expect(narrow(text).join('\n')).toMatch(/^\d+ +critical +DISK_VERY_LOW +20\S+ \S+ +\d+ \w+$/m);
    expect({ exit: wrong.code, ...errorOf(wrong) }).toMatchObject({ exit: 2, hint: 'Add --history.' });
  });
});

describe('errors', () => {
  it('are listed, chosen and read in pages', async () => {
    for (const place of ['one', 'two', 'two']) note('E_WATCH', place, 'tests');
    const mine = ['--component', 'tests'];
    const [text, plain, all, first, none] = await Promise.all([
      shell.text('errors', ...mine),
      shell.text('errors', '--plain', ...mine),
      shell.json('errors', '--severity', 'warning', '--since', '1h', ...mine),
      shell.json('errors', '--limit', '1', ...mine),
      shell.text('errors', '--severity', 'critical', ...mine),
    ]);
    expect(narrow(text)[1]).toMatch(/^\d+ +warning +E_WATCH +2 +20\S+ \S+ +tests$/);
    expect(text).toMatch(/^ {4}two: of two$/m);
    expect(cellsOf(plain)).toHaveLength(2);
    expect(all.errors.map(({ place, count }: { place: string; count: number }) => [place, count])).toEqual([
      ['two', 2],
      ['one', 1],
    ]);
    const next = await shell.json('errors', '--cursor', first.nextCursor, ...mine);
    expect([...first.errors, ...next.errors]).toEqual(all.errors);
    expect(none).toBe('No errors.\n');
  });

  it('are acknowledged one by one or all that are chosen', async () => {
    for (const place of ['first', 'second', 'third']) note('E_WATCH', place, 'acks');
    const chosen = ['--all', '--component', 'acks'];
    const { errors } = await shell.json('errors', '--component', 'acks');
    const id = String(errors[0].id);
    const dry = await Promise.all([
      shell.run(['errors', 'ack', ...chosen, '--dry-run', '--json']),
      shell.run(['errors', 'ack', id, '--dry-run', '--json']),
    ]);
    expect(dry.map(({ code }) => code)).toEqual([8, 8]);
    expect(dry.map(outcome => documentOf(outcome).data.acknowledged)).toEqual([3, 1]);
    expect(await shell.text('errors', 'ack', id)).toBe('1 error acknowledged.\n');
    expect(await shell.json('errors', 'ack', ...chosen)).toEqual({ dryRun: false, acknowledged: 2 });
    const [again, open, text] = await Promise.all([
      shell.json('errors', 'ack', ...chosen, '--dry-run'),
      shell.json('errors', '--component', 'acks', '--unacknowledged'),
      shell.text('errors', '--component', 'acks'),
    ]);
    expect(again).toEqual({ dryRun: true, wouldChange: false, acknowledged: 0 });
    expect(open.errors).toEqual([]);
    expect(text).toMatch(/^ {4}acknowledged by .+, 20/m);
  });

  it('are not acknowledged by whom may not, nor when it is unclear which', async () => {
    const environment = await viewerEnvironment(operating);
    const asked = (args: string[], more = {}) => shell.run(['errors', ...args, '--json'], more);
    const outcomes = await Promise.all([
      asked(['ack', '--all'], { environment }),
      asked(['ack', '999999']),
      asked(['ack', '999999', '--dry-run']),
      asked(['ack']),
      asked(['ack', '1', '--all']),
      asked(['ack', '1', '--severity', 'error']),
      asked(['--since', 'yesterday']),
      asked(['--limit', '0']),
      asked(['--severity', 'terrible']),
      asked(['--socket', '/nowhere/control.sock']),
    ]);
    expect(outcomes.map(outcome => `${outcome.code} ${errorOf(outcome).code}`)).toEqual([
      '4 E_FORBIDDEN',
      '5 E_NOT_FOUND',
      '5 E_NOT_FOUND',
      ...['2 E_USAGE', '2 E_USAGE', '2 E_USAGE', '2 E_USAGE'],
      '2 E_BAD_REQUEST',
      '2 E_USAGE',
      '3 E_DAEMON_AWAY',
    ]);
    for (const { stdout } of outcomes) expect(stdout).toBe('');
  });
});
