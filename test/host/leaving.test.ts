import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machine } from './machine.ts';

interface Thing {
  kind: string;
  name: string;
}

let machine: Machine;
let before: Record<string, string>;
beforeEach(async () => {
  machine = new Machine();
  before = machine.everything();
  machine.write('/etc/3cx-relay/relay.env', 'FQDN=pbx.example.com\nCLIENT_ID=relay\nCLIENT_SECRET=x\n');
  await machine.does(`install --from ${machine.release('1.0.0')}`);
  machine.write('/var/lib/3cx-relay/state.db', 'keys');
});
afterEach(() => machine.remove());

const names = () => Object.keys(machine.everything());
const withoutTimes = (all: Record<string, string>) =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one.replace(/ \d+(\.\d+)? /, ' ')]));

it('footprint names all that is there and was not there before', async () => {
  const { data } = await machine.does('footprint');
  const { things } = data as { things: Thing[] };
  const named = things.map(({ name }) => name);
  const isNamed = (path: string): boolean =>
    named.some(name => path === name || path.startsWith(`${name}/`)) ||
    // Folders in which nothing of others was: they go with what is in them.
    named.some(name => name.startsWith(`${path}/`));
  expect(names().filter(path => !(path in before) && !isNamed(path))).toEqual([]);
  expect(things).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'user', name: '3cxrelay' }),
      expect.objectContaining({ kind: 'port', name: '127.0.0.1:8082/tcp' }),
    ]),
  );
});

describe('uninstall', () => {
  it('names what goes before it goes, and does nothing with --dry-run', async () => {
    const there = machine.everything();
    const answer = await machine.does('uninstall --dry-run');
    expect(answer).toMatchObject({ exit: 8, data: { wouldChange: true } });
    expect(machine.everything()).toEqual(there);
  });

  it('leaves settings, data and their user; a new install finds them again', async () => {
    const { data } = await machine.does('uninstall');
    expect(data).toMatchObject({
      kept: expect.arrayContaining(['3cxrelay', '/etc/3cx-relay', '/var/lib/3cx-relay']),
      removed: expect.arrayContaining(['/opt/3cx-relay', '/etc/systemd/system/3cx-relay.service']),
    });
    expect(machine.running).toBe(null);
    const left = names().filter(path => !(path in before));
    expect(left.filter(path => !/^\/(etc|var\/lib)\/3cx-relay/.test(path))).toEqual([]);
    expect(machine.read('/var/lib/3cx-relay/state.db')).toBe('keys');
    await machine.does(`install --from ${machine.release('1.0.0')}`);
    expect(machine.running).toBe('1.0.0');
  });

  it('with --purge leaves nothing, and nothing of others is touched', async () => {
    await machine.does('uninstall --purge');
    expect(withoutTimes(machine.everything())).toEqual(withoutTimes(before));
    const { data } = await machine.does('uninstall --purge');
    expect(data).toMatchObject({ removed: [], kept: [] });
  });
});

describe('support mode', () => {
  it('leaves nothing to be seen, and brings back what was there', async () => {
    const there = withoutTimes(machine.everything());
    const on = await machine.does('support-mode on');
    expect(on.notes?.[0]).toContain('/opt/3cx-relay/current/bin/3cx-relay support-mode off');
    expect(machine.read('/opt/3cx-relay/SUPPORT-MODE.txt')).toContain('support-mode off');
    expect(machine.running).toBe(null);
    const seen = names().filter(path => !(path in before));
    expect(seen.filter(path => !/^\/(opt|etc|var\/lib)\/3cx-relay/.test(path))).toEqual([]);
    expect(machine.read('/var/lib/3cx-relay/state.db')).toBe('keys');
    expect(await machine.says('support-mode on')).toContain('Nothing to do');
    await expect(machine.does('install --repair')).rejects.toMatchObject({ code: 'E_CONFLICT' });
    await machine.does('support-mode off');
    expect(machine.running).toBe('1.0.0');
    expect(withoutTimes(machine.everything())).toEqual(there);
  });

  it('does not start what did not run', async () => {
    machine.running = null;
    await machine.does('support-mode on');
    await machine.does('support-mode off');
    expect(machine.running).toBe(null);
    expect(machine.has('/etc/systemd/system/3cx-relay.service')).toBe(true);
  });

  it('a relay that is hidden can be removed too', async () => {
    await machine.does('support-mode on');
    await machine.does('uninstall --purge');
    expect(withoutTimes(machine.everything())).toEqual(withoutTimes(before));
  });
});

it('what came as a package is left to apt', async () => {
  machine.write('/usr/lib/3cx-relay/VERSION', '1.0.0\n');
  for (const line of ['install --repair', 'rollback', 'uninstall', 'support-mode on'])
    await expect(machine.does(line)).rejects.toMatchObject({
      code: 'E_HOST',
      hint: expect.stringContaining('apt'),
    });
});
