import type { Database } from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Desk, ROOT } from '../../../test/operators/kit.ts';
import { AppError } from '../../shared/errors.ts';
import { openDatabase, transaction } from '../store/database.ts';
import { readSchema } from '../store/schema-text.ts';
import { AuditLog } from './audit-log.ts';
import { GENESIS, type Head, hashOf } from './chain.ts';
import type { AuditNote } from './entry.ts';

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk.close());

const revoked = (subject: string): AuditNote => ({ by: ROOT, action: 'key.revoke', subject });

describe('what is written', () => {
  it('names who, by which door, from where, what, to what, and how it ended', () => {
    desk.audit.note({ ...revoked('0a1b2c3d'), detail: { zone: 'b', after: 1 } });
    expect(desk.audit.page().rows).toEqual([
      expect.objectContaining({
        id: 1,
        time: desk.clock.now(),
        actor: 'operator',
        via: 'operator-token',
        source: 'control-socket',
        action: 'key.revoke',
        subject: '0a1b2c3d',
        outcome: 'ok',
        detail: '{"after":1,"claimedUser":"anna","zone":"b"}',
      }),
    ]);
  });

  it('is not changed or deleted by mistake', () => {
    desk.audit.note(revoked('one'));
    for (const sql of [`UPDATE audit_log SET actor = 'x'`, 'DELETE FROM audit_log']) {
      expect(() => desk.database.exec(sql)).toThrow('the audit log is only added to');
    }
  });

  it('holds no field that names a secret', () => {
    for (const field of ['password', 'newPasswd', 'clientSecret', 'token', 'key']) {
      expect(() => desk.audit.note({ ...revoked('one'), detail: { [field]: 'hunter2' } })).toThrow(field);
    }
    expect(desk.audit.head().count).toBe(0);
  });

  it('is bounded, and proven whatever characters stand in it', async () => {
    const anyText = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 })
      .map(units => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const note = { by: { actor: one, via: 'cli', source: other }, action: 'key.create' } as const;
        desk.audit.note({ ...note, subject: other, detail: { one, [other.slice(0, 3)]: [one, other] } });
      }),
      { numRuns: 100 },
    );
    desk.audit.note({ ...revoked('x'.repeat(10_000)), detail: { long: 'y'.repeat(100_000) } });
    const [newest] = desk.audit.page().rows;
    expect(newest?.subject).toHaveLength(256);
    expect(newest?.detail.length).toBeLessThan(4096);
    expect(await desk.audit.verify()).toEqual({ sound: desk.audit.head(), fault: null });
    expect(desk.audit.head().count).toBe(101);
  });

  it('is one chain, also when two programs write', async () => {
    const second = openDatabase({ path: desk.paths.stateFile, part: 'state', schema: readSchema() });
    const beside = new AuditLog({ database: second, clock: desk.clock });
    for (let count = 0; count < 5; count++) {
      desk.audit.note(revoked(`daemon ${count}`));
      beside.note(revoked(`cli ${count}`));
    }
    second.close();
    expect(await desk.audit.verify()).toMatchObject({ fault: null, sound: { count: 10 } });
  });

  it('stands or falls with what was done', () => {
    const deed = () => desk.database.exec(`INSERT INTO meta VALUES ('done', '1')`);
    const isDone = () => desk.database.prepare(`SELECT 1 FROM meta WHERE key = 'done'`).get() !== undefined;
    const refuse = (): never => {
      deed();
      throw new AppError('E_CONFLICT', { detail: 'no' });
    };
    expect(() => desk.audit.within(revoked('one'), refuse)).toThrow('no');
    expect(isDone()).toBe(false);
    expect(() => desk.audit.within({ ...revoked('one'), detail: { token: 'x' } }, deed)).toThrow('token');
    expect(isDone()).toBe(false);
    desk.audit.within(revoked('two'), deed);
    expect(isDone()).toBe(true);
    const told = desk.written().map(({ subject, outcome }) => [subject, outcome]);
    expect(told).toEqual([
      ['two', 'ok'],
      ['one', 'refused'],
    ]);
  });
});

describe('reading', () => {
  it('goes from the newest back, page by page, by actor, action and time', () => {
    for (let count = 1; count <= 7; count++) {
      desk.clock.step(1000);
      const by = { actor: count % 2 ? 'anna' : 'bert', via: 'login', source: '192.0.2.1' } as const;
      desk.audit.note({ by, action: count < 4 ? 'login.ok' : 'login.fail' });
    }
    const ids = (order: object) => desk.audit.page(order).rows.map(({ id }) => id);
    const first = desk.audit.page({ limit: 3 });
    expect(first.rows.map(({ id }) => id)).toEqual([7, 6, 5]);
    const second = desk.audit.page({ limit: 4, cursor: first.cursor });
    expect([second.rows.map(({ id }) => id), second.cursor]).toEqual([[4, 3, 2, 1], null]);
    expect(ids({ actor: 'bert' })).toEqual([6, 4, 2]);
    expect(ids({ action: 'login.fail', actor: 'anna' })).toEqual([7, 5]);
    expect(ids({ action: 'login' })).toHaveLength(7);
    expect(ids({ action: 'log' })).toEqual([]);
    expect(ids({ since: desk.clock.now() - 1000 })).toEqual([7, 6]);
  });
});

describe('the head', () => {
  it('goes to the log at the start, every hour and at the stop', () => {
    vi.useFakeTimers();
    const told: Head[] = [];
    const { database, clock } = desk;
    const audit = new AuditLog({ database, clock, onHead: head => told.push(head) });
    audit.start(new AbortController().signal);
    audit.note(revoked('one'));
    vi.advanceTimersByTime(3_600_000);
    audit.note(revoked('two'));
    audit.stop();
    vi.advanceTimersByTime(7_200_000);
    vi.useRealTimers();
    expect(told.map(({ count }) => count)).toEqual([0, 1, 2]);
    expect(told[2]).toEqual(desk.audit.head());
  });

  it('that somebody wrote down proves even what was made anew from end to end', async () => {
    desk.audit.note(revoked('one'));
    desk.audit.note(revoked('two'));
    const against = desk.audit.head();
    const forged = new Desk();
    forged.audit.note(revoked('none'));
    forged.audit.note(revoked('two'));
    forged.audit.note(revoked('three'));
    desk.audit.note(revoked('three'));
    expect(await desk.audit.verify({ against })).toMatchObject({ fault: null });
    expect(await forged.audit.verify()).toMatchObject({ fault: null });
    expect(await forged.audit.verify({ against })).toMatchObject({ fault: { row: 2, what: 'changed' } });
    expect(await forged.audit.verify({ against: { ...against, count: 9 } })).toMatchObject({
      fault: { row: 4, what: 'cut off' },
    });
    await forged.close();
  });
});

/** As `note` writes them, in one go. */
function fill(database: Database, count: number): void {
  const insert = database.prepare('INSERT INTO audit_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  let prevHash = GENESIS;
  transaction(database, () => {
    for (let id = 1; id <= count; id++) {
      const [time, actor, via, source] = [Date.now(), 'anna', 'login', 'control-socket'];
      const [action, subject, outcome, detail] = ['key.create', `key ${id}`, 'ok', '{"name":"a wallboard"}'];
      const row = { id, time, actor, via, source, action, subject, outcome, detail, prevHash };
      const hash = hashOf(row);
      insert.run(...Object.values(row), hash);
      prevHash = hash;
    }
    database.prepare('INSERT INTO meta VALUES (?, ?)').run('audit_head', `${count} ${prevHash}`);
  });
}

describe('100,000 rows', () => {
  it('are walked in a moment, and nobody else waits', async () => {
    fill(desk.database, 100_000);
    let turns = 0;
    let isWalking = true;
    const takeTurn = (): void => {
      turns += 1;
      if (isWalking) setImmediate(takeTurn);
    };
    setImmediate(takeTurn);
    // Processor time, which no neighbour on the machine makes longer.
    const begun = process.cpuUsage();
    const report = await desk.audit.verify();
    const { user, system } = process.cpuUsage(begun);
    isWalking = false;
    const took = (user + system) / 1000;
    if (process.env['SHOW_FIGURES']) process.stdout.write(`verify: ${took} ms in ${turns} turns\n`);
    expect(report).toEqual({ sound: desk.audit.head(), fault: null });
    expect(took).toBeLessThan(2000);
    expect(turns).toBeGreaterThanOrEqual(1000);
    expect(took / turns).toBeLessThan(20);
  });
});
