import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Shell } from '../cli/kit.ts';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { hearsCalls, opened, PATIENCE } from './fault-kit.ts';

/** A disk that gives back something else than was written. */
const PAGE_BYTES = 4096;
let rig: RelayRig;

beforeAll(async () => {
  rig = await RelayRig.start();
});
beforeEach(() => rig.seesCalls());
afterAll(() => rig.stop());

const file = (name: string) => join(rig.home, name);
const condition = (code: string) =>
  rig.daemon.health.conditions.current().find(one => String(one.code) === code);
const incidents = () => rig.daemon.health.errors.list({ limit: 100 }).errors.map(({ code }) => code);
const epoch = async () => (await rig.get('/relay/events?limit=1')).body.epoch;

function atFile(name: string, work: (database: Sqlite.Database) => void): void {
  const database = new Sqlite(file(name));
  work(database);
  database.close();
}

/** As kill -9 leaves it. */
function leaveUnclean(): void {
  atFile('journal.db', database =>
    database.prepare("UPDATE journal_meta SET value = '0' WHERE key = 'clean'").run(),
  );
}

function fillJournal(): void {
  atFile('journal.db', database => {
    const put = database.prepare(
      "INSERT INTO journal SELECT max(seq) + 1, ?, 'gap', '3cx', '', json_object('text', ?) FROM journal",
    );
    database.transaction(() => {
      for (let count = 0; count < 5000; count++) put.run(Date.now(), 'x'.repeat(200));
    })();
  });
}

/** One page of old entries, which no start looks at by itself. */
function damage(name: string): void {
  const bytes = readFileSync(file(name));
  const page = Math.floor(bytes.length / PAGE_BYTES / 4);
  bytes.fill(0xff, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
  writeFileSync(file(name), bytes);
}

describe('the log', () => {
  it('damaged by an unclean stop is moved aside; a new epoch tells clients, and operators what to do', async () => {
    const before = await epoch();
    const client = await opened(rig.connect('?after=0'));
    await hearsCalls(rig, client);
    const cursor = client.entries.at(-1).seq;
    await rig.daemon.stop();
    fillJournal();
    leaveUnclean();
    damage('journal.db');
    await rig.startDaemon();
    await rig.seesCalls();

    expect(await epoch()).not.toBe(before);
    const again = await opened(rig.connect(`?after=${cursor}&epoch=${before}`));
    await expect.poll(() => again.of('gap')[0], PATIENCE).toMatchObject({ scope: 'client', reason: 'epoch' });
    await hearsCalls(rig, again);
    again.close();
    const [aside = ''] = readdirSync(rig.home).filter(name => /^journal\.db\.corrupt-\w+Z$/.test(name));
    expect(statSync(file(aside)).mode & 0o777).toBe(0o600);
    await expect
      .poll(() => condition('JOURNAL_REPLACED'))
      .toMatchObject({ severity: 'error', detail: expect.stringContaining(aside) });
    expect(rig.daemon.health.conditions.isRaised('EPOCH_CHANGED')).toBe(true);
    expect(condition('EPOCH_CHANGED'), 'only an effect').toBeUndefined();
    expect(incidents()).toContain('E_JOURNAL_REPLACED');
  });

  it('that is no database at all is moved aside, also after a clean stop', async () => {
    const before = await epoch();
    await rig.daemon.stop();
    writeFileSync(file('journal.db'), 'no database, but long enough to be taken for one. '.repeat(100));
    await rig.startDaemon();
    expect(await epoch()).not.toBe(before);
    expect(incidents()).toContain('E_JOURNAL_REPLACED');
    await rig.daemon.stop();
    await rig.startDaemon();
    expect(rig.daemon.health.conditions.isRaised('JOURNAL_REPLACED'), 'the next start is a good one').toBe(
      false,
    );
  });

  it('keeps no more than two that were damaged', async () => {
    for (let count = 0; count < 2; count++) {
      await rig.daemon.stop();
      writeFileSync(file('journal.db'), 'no database, but long enough to be taken for one. '.repeat(100));
      await rig.startDaemon();
    }
    expect(readdirSync(rig.home).filter(name => /^journal\.db\.corrupt-\w+Z$/.test(name))).toHaveLength(2);
  });

  it('in which maintenance finds damage is told, and moved aside by the next start', async () => {
    await rig.daemon.stop();
    fillJournal();
    damage('journal.db');
    await rig.startDaemon();
    await rig.seesCalls();
    expect(condition('JOURNAL_REPLACED'), 'nobody looks after a clean stop').toBeUndefined();
    const operating = new Operating(rig);
    const { body } = await operating.ask('POST', '/admin/maintenance');
    expect(body.files[1]).toMatchObject({ part: 'journal', fault: expect.any(String) });
    await expect.poll(() => condition('JOURNAL_DAMAGED')?.fix).toContain('systemctl restart');
    const before = await epoch();
    await rig.daemon.stop();
    await rig.startDaemon();
    await rig.seesCalls();
    expect(await epoch()).not.toBe(before);
    expect(condition('JOURNAL_DAMAGED')).toBeUndefined();
    expect((await operating.ask('POST', '/admin/maintenance')).body.files[1].fault).toBeNull();
  });
});

describe('the state', () => {
  it('in which maintenance finds damage is told while the relay works', async () => {
    await rig.daemon.stop();
    atFile('state.db', database => {
      const put = database.prepare("INSERT INTO api_requests VALUES (?, ?, '/relay/me', 200, 1, 1)");
      database.transaction(() => {
        for (let count = 0; count < 5000; count++) put.run(Date.now(), `key ${count}`);
      })();
    });
    const good = readFileSync(file('state.db'));
    damage('state.db');
    await rig.startDaemon();
    await rig.seesCalls();
    const { body } = await new Operating(rig).ask('POST', '/admin/maintenance');
    expect(body.files[0]).toMatchObject({ part: 'state', fault: expect.any(String) });
    await expect.poll(() => condition('STATE_DAMAGED')?.fix).toContain('3cx-relay restore');
    await rig.daemon.stop();
    await expect(rig.startDaemon(), 'now it looks').rejects.toMatchObject({ code: 'E_INTERNAL' });
    writeFileSync(file('state.db'), good);
    await rig.startDaemon();
  });

  it('damaged is refused with 1 and left as it is, because it holds the keys', async () => {
    await rig.daemon.stop();
    const good = readFileSync(file('state.db'));
    leaveUnclean();
    damage('state.db');
    const bytes = readFileSync(file('state.db'));
    const { code, stderr } = await new Shell(rig.home).run(['daemon'], { environment: rig.environment });
    expect(code).toBe(1);
    expect(stderr).toMatch(/state\.db is damaged .*'3cx-relay restore <folder>'/s);
    expect(readFileSync(file('state.db')).equals(bytes)).toBe(true);
    expect(readdirSync(rig.home).filter(name => name.startsWith('state.db.corrupt'))).toEqual([]);
    await expect(rig.startDaemon()).rejects.toMatchObject({ code: 'E_INTERNAL' });
    writeFileSync(file('state.db'), good);
    await rig.startDaemon();
  });
});
