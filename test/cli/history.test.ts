import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { RelayRig } from '../relay/relay-rig.ts';
import { type Outcome, Shell } from './kit.ts';

let rig: RelayRig;
let shell: Shell;
let folder: string;
/** One of the past calls. */
let seen: object;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  shell = new Shell(rig.home);
  folder = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  for (const [name, dn] of [['=cmd()', '101'] as const, ['Maple, Rita', '102'] as const]) {
    rig.act({ do: 'dialIn', call: dn, from: '+442079460101', name, did: '+442079460200' });
    rig.act({ do: 'route', call: dn, to: dn });
    rig.act({ do: 'answer', call: dn, dn });
    rig.act({ do: 'hangUp', call: dn, by: 'caller' });
  }
  rig.act({ do: 'dial', call: 'within', by: '103', to: '104' });
  rig.act({ do: 'hangUp', call: 'within', by: '103' });
  await vi.waitFor(async () => expect((await records()).length).toBeGreaterThanOrEqual(3), 10_000);
  [seen] = await records('?extension=101');
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await rig.stop();
});

async function records(query = '') {
  return (await rig.get(`/relay/call-history${query}`)).body.records;
}

function errorOf({ stdout, stderr }: Outcome): { code: string; message: string; hint: string } {
  expect(stdout).toBe('');
  return JSON.parse(stderr).error;
}

it('shows the newest first, in 80 columns, with masked numbers', async () => {
  const all = await records();
  const lines = (await shell.text('history')).trimEnd().split('\n');
  expect(lines[0]).toMatch(/^STARTED +DIR +FROM +TO +QUEUE +TALK +HOW$/);
  expect(lines).toHaveLength(all.length + 1);
  expect(lines).toContainEqual(
    expect.stringMatching(/^\d\d-\d\d \d\d:\d\d:\d\d {2}in +\*\*\*101 Maple, …? /),
  );
  expect(lines.filter(line => line.length > 80)).toEqual([]);
  const whole = await shell.json('history', '--show-numbers');
  expect(whole).toEqual({ records: all, hasMore: false, origin: expect.any(String) });
  const { records: masked } = await shell.json('history');
  expect(masked.map(({ id }: { id: string }) => id)).toEqual(all.map(({ id }: { id: string }) => id));
  expect(JSON.stringify(masked)).not.toMatch(/"\+\d{6,}"/);
  const cells = (await shell.text('history', '--plain')).split('\n').slice(0, -1);
  expect(new Set(cells.map(row => row.split('\t').length))).toEqual(new Set([12]));
});

it('asks in the words of the relay', async () => {
  const within = await shell.json('history', '--direction', 'internal');
  expect(within.records).toMatchObject([{ direction: 'internal', from: { dn: '103' }, answered: false }]);
  const [answered] = (await shell.json('history', '--answered', 'true', '--extension', '102')).records;
  expect(answered).toMatchObject({ answered: true, from: { name: 'Maple, Rita' } });
  const one = await shell.run(['history', '--number', '79460101', '--limit', '1', '--group', 'legs']);
  expect(one.stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(one.stderr).toBe('There are more: --limit shows more, --csv and --ndjson write all.\n');
  expect(await shell.text('history', '--since', '2h', '--until', '1h')).toBe('There are no such calls.\n');
  expect(await shell.text('history', '--queue', '900')).toBe('There are no such calls.\n');
});

it('reads and writes times in the zone it is told', async () => {
  const [{ startedAt }] = await records();
  const wall = (zone: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(
      Date.parse(startedAt),
    );
  const showing = async (zone: string): Promise<void> => {
    const [text, till] = await Promise.all([
      shell.text('history', '--zone', zone, '--limit', '1'),
      shell.json('history', '--zone', zone, '--since', '2026-01-01', '--until', wall(zone)),
    ]);
    expect(text.split('\n')[1]).toContain(wall(zone).slice(5));
    const newest = Math.max(
      ...till.records.map((one: { startedAt: string }) => Date.parse(one.startedAt)),
      0,
    );
    expect(newest).toBeLessThan(Math.floor(Date.parse(startedAt) / 1000) * 1000);
  };
  await Promise.all(['Asia/Tokyo', 'America/New_York'].map(showing));
});

it('shows one call with all its legs', async () => {
  const { id } = (await records('?extension=102'))[0];
  const text = await shell.text('history', 'show', id);
  expect(text).toMatch(/^from +\*\*\*101 Maple, Rita$/m);
  expect(text).toMatch(/^LEG BEGAN +FROM +TO +TALK +HOW$/m);
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([]);
  expect((await shell.json('history', 'show', id)).legs.length).toBeGreaterThan(0);
  expect((await shell.text('history', 'show', id, '--plain')).split('\n')[0]?.split('\t')).toHaveLength(9);
  const { code, ...gone } = await shell.run(['history', 'show', 'nobody', '--json']);
  expect([code, errorOf({ code, ...gone }).code]).toEqual([5, 'E_NOT_FOUND']);
});

it('writes the whole range as the relay does, safe for spreadsheets, masked when not told otherwise', async () => {
  const query = { headers: { accept: 'text/csv', authorization: `Bearer ${rig.key}` } };
  const relay = await fetch(`${rig.daemon.relayUrl}/relay/call-history`, query);
  expect(await shell.text('history', '--csv', '--show-numbers')).toBe(await relay.text());
  const csv = await shell.text('history', '--csv');
  expect(csv).toContain(",'=cmd(),");
  expect(csv).toMatch(/,\*\*\*101,/);
  expect(csv).not.toContain('+4420');
  const lines = (await shell.text('history', '--ndjson', '--show-numbers')).split('\n').slice(0, -1);
  expect(lines.map(line => JSON.parse(line))).toEqual(await records());
});

it('writes a file that only its owner may read, and that is there only when it is whole', async () => {
  const file = join(folder, 'calls.ndjson');
  const { code, stdout, stderr } = await shell.run(['history', '--ndjson', '--output', file]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: `${file} has 3 records.\n` });
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(4);
  expect([statSync(file).mode & 0o777, existsSync(`${file}.partial`)]).toEqual([0o600, false]);
  const nowhere = await shell.run(['history', '--csv', '--output', join(folder, 'no/where.csv'), '--json']);
  expect([nowhere.code, errorOf(nowhere).code]).toEqual([1, 'E_FILE']);
});

it('refuses what makes no sense, and says what', async () => {
  const refusals: [string, string][] = [
    ['--csv --ndjson', 'Both --csv and --ndjson'],
    [`--output ${folder}/x`, 'without a format'],
    ['--limit 0', '--limit is 0'],
    ['--zone Mars/Base', 'no time zone'],
    ['--since 1h --until 2h', '--since is not before --until'],
    ['--since then', '--since is "then"'],
  ];
  await Promise.all(
    refusals.map(async ([args, why]) => {
      const outcome = await shell.run(['history', ...args.split(' '), '--json']);
      expect([outcome.code, errorOf(outcome).message]).toEqual([2, expect.stringContaining(why)]);
    }),
  );
});

it('shows more than the daemon gives in one page', async () => {
  for (let one = 0; one < 500; one++) {
    rig.act({ do: 'dial', call: `many ${one}`, by: '105', to: '106' });
    rig.act({ do: 'hangUp', call: `many ${one}`, by: '105' });
  }
  const last = '?extension=105&limit=500';
  await vi.waitFor(async () => expect(await records(last)).toHaveLength(500), 10_000);
  const { records: all, hasMore } = await shell.json('history', '--limit', '502');
  expect(new Set(all.map(({ id }: { id: string }) => id)).size).toBe(502);
  expect([all.length, hasMore]).toEqual([502, true]);
});

it('says by its exit code that the records cannot be read, and that they ended too early', async () => {
  rig.simulator.pbx.knobs.turn({ httpStatus: 503 });
  onTestFinished(() => void rig.simulator.pbx.knobs.reset());
  for (const args of [['history'], ['history', '--ndjson']]) {
    const outcome = await shell.run([...args, '--json']);
    expect([outcome.code, errorOf(outcome).hint]).toEqual([6, expect.any(String)]);
  }
  const socket = await tornDaemon();
  const file = join(folder, 'torn.csv');
  const torn = await shell.run(['history', '--csv', '--output', file, '--socket', socket, '--json']);
  expect([torn.code, errorOf(torn).code]).toEqual([6, 'E_CUT_OFF']);
  expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
});

/** A daemon that dies within an export, so that nobody hears its last word. */
async function tornDaemon(): Promise<string> {
  const path = join(rig.home, 'torn.sock');
  const about = { pid: 1, version: manifest.version, api: 1, startedAt: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/admin/about') return response.end(JSON.stringify(about));
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    return response.write(`${JSON.stringify(seen)}\n`, () => setImmediate(() => response.destroy()));
  });
  await new Promise<void>(resolve => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return path;
}
