import Sqlite, { type Database } from 'better-sqlite3';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { readSchema, schemaOf } from '../store/schema-text.ts';
import { AuditLog } from './audit-log.ts';
import { type ChainFault, GENESIS, hashOf } from './chain.ts';
import type { AuditRow } from './entry.ts';

const ROWS = 12;
const COLUMNS = 'id, time, actor, via, source, action, subject, outcome, detail, prev_hash AS prevHash, hash';
const TEXTS = [
  'actor',
  'via',
  'source',
  'action',
  'subject',
  'outcome',
  'detail',
  'prev_hash',
  'hash',
] as const;

/** Somebody with the file and an SQL shell: what he does, and what must be said of it. */
interface Tampering {
  name: string;
  act(database: Database): void;
  row: number;
  what?: ChainFault['what'];
}

let image: Buffer;

beforeAll(() => {
  const database = new Sqlite(':memory:');
  database.exec(schemaOf(readSchema(), 'state'));
  const audit = new AuditLog({ database, clock: systemClock });
  const by = { actor: 'anna', via: 'login', source: '192.0.2.7' } as const;
  for (let count = 1; count <= ROWS; count++) {
    audit.note({ by, action: 'key.create', subject: `key ${count}`, detail: { count } });
  }
  database.exec('DROP TRIGGER audit_log_stays; DROP TRIGGER audit_log_is_kept');
  image = database.serialize();
  database.close();
});

function opened(): Database {
  const database = new Sqlite(image);
  database.pragma('ignore_check_constraints = ON');
  return database;
}

const read = (database: Database, id: number): AuditRow | undefined =>
  database.prepare<[number], AuditRow>(`SELECT ${COLUMNS} FROM audit_log WHERE id = ?`).get(id);

function put(database: Database, row: AuditRow): void {
  const values = ':id, :time, :actor, :via, :source, :action, :subject, :outcome, :detail, :prevHash, :hash';
  database.prepare(`INSERT OR REPLACE INTO audit_log VALUES (${values})`).run(row);
}

const sealed = (row: AuditRow): AuditRow => ({ ...row, hash: hashOf(row) });

function shift(database: Database, from: number, by: number): void {
  database.exec(`UPDATE audit_log SET id = -id WHERE id >= ${from}`);
  database.exec(`UPDATE audit_log SET id = -id + ${by} WHERE id <= -${from}`);
}

function dump(database: Database): string {
  const rows = database.prepare('SELECT * FROM audit_log ORDER BY id').all();
  return JSON.stringify([rows, database.prepare('SELECT * FROM meta').all()]);
}

async function faultIn(database: Database): Promise<ChainFault | null> {
  return (await new AuditLog({ database, clock: systemClock }).verify()).fault;
}

const anyRow = fc.integer({ min: 1, max: ROWS });
const anyText = fc.oneof(fc.string({ maxLength: 20 }), fc.constant(GENESIS), fc.constant('a'.repeat(64)));

const edit = fc.record({ row: anyRow, column: fc.constantFrom(...TEXTS), value: anyText }).map(
  ({ row, column, value }): Tampering => ({
    name: `sets ${column} of ${row}`,
    act: database => void database.prepare(`UPDATE audit_log SET ${column} = ? WHERE id = ?`).run(value, row),
    row,
    what: 'changed',
  }),
);
const editTime = fc.record({ row: anyRow, time: fc.maxSafeInteger() }).map(
  ({ row, time }): Tampering => ({
    name: `sets the time of ${row}`,
    act: database => void database.prepare('UPDATE audit_log SET time = ? WHERE id = ?').run(time, row),
    row,
    what: 'changed',
  }),
);
const editAndSeal = fc.record({ row: anyRow, actor: anyText }).map(
  ({ row, actor }): Tampering => ({
    name: `changes ${row} and makes its hash anew`,
    act: database => {
      const old = read(database, row);
      if (old) put(database, sealed({ ...old, actor }));
    },
    row,
    what: 'changed',
  }),
);
const remove = anyRow.map(
  (row): Tampering => ({
    name: `deletes ${row}`,
    act: database => database.exec(`DELETE FROM audit_log WHERE id = ${row}`),
    row,
    what: row === ROWS ? 'cut off' : 'missing',
  }),
);
const removeAndClose = anyRow.map(
  (row): Tampering => ({
    name: `deletes ${row} and numbers the rest anew`,
    act: database => {
      database.exec(`DELETE FROM audit_log WHERE id = ${row}`);
      shift(database, row + 1, -1);
    },
    row,
    what: row === ROWS ? 'cut off' : 'out of order',
  }),
);
const swap = fc.uniqueArray(anyRow, { minLength: 2, maxLength: 2 }).map(([one = 1, other = 2]): Tampering => {
  const act = (database: Database): void => {
    const move = database.prepare('UPDATE audit_log SET id = ? WHERE id = ?');
    move.run(1_000_000, one);
    move.run(one, other);
    move.run(other, 1_000_000);
  };
  return { name: `swaps ${one} and ${other}`, act, row: Math.min(one, other), what: 'out of order' };
});
const move = fc.record({ row: anyRow, to: fc.integer({ min: ROWS + 1, max: 99 }) }).map(
  ({ row, to }): Tampering => ({
    name: `moves ${row} to ${to}`,
    act: database => void database.prepare('UPDATE OR IGNORE audit_log SET id = ? WHERE id = ?').run(to, row),
    row,
    // Cut off, too, is said of what is not at its place but put behind the end.
    ...(row < ROWS && { what: 'missing' }),
  }),
);
const truncate = anyRow.map(
  (row): Tampering => ({
    name: `cuts off from ${row}`,
    act: database => database.exec(`DELETE FROM audit_log WHERE id >= ${row}`),
    row,
    what: 'cut off',
  }),
);
const insert = fc.record({ row: fc.integer({ min: 1, max: ROWS + 1 }), actor: anyText }).map(
  ({ row, actor }): Tampering => ({
    name: `puts a row of his own at ${row}, with the hashes it needs`,
    act: database => {
      shift(database, row, 1);
      const [before, model] = [read(database, row - 1), read(database, row === 1 ? 2 : 1)];
      if (model) put(database, sealed({ ...model, id: row, actor, prevHash: before?.hash ?? GENESIS }));
    },
    row,
    what: 'inserted',
  }),
);
const insertRough = fc.record({ row: fc.integer({ min: 1, max: ROWS }), prevHash: anyText }).map(
  ({ row, prevHash }): Tampering => ({
    name: `puts a row that follows nothing at ${row}`,
    act: database => {
      shift(database, row, 1);
      const model = read(database, row + 1);
      if (model) put(database, sealed({ ...model, id: row, prevHash: `x${prevHash}` }));
    },
    row,
  }),
);
const copyOver = fc.uniqueArray(anyRow, { minLength: 2, maxLength: 2 }).map(
  ([row = 1, from = 2]): Tampering => ({
    name: `puts a copy of ${from} over ${row}`,
    act: database => {
      const model = read(database, from);
      if (model) put(database, { ...model, id: row });
    },
    row,
  }),
);
const copyBehind = anyRow.map(
  (from): Tampering => ({
    name: `puts a copy of ${from} behind the end`,
    act: database => {
      const model = read(database, from);
      if (model) put(database, { ...model, id: ROWS + 1 });
    },
    row: ROWS + 1,
    what: 'inserted',
  }),
);
const insertBefore = fc.integer({ min: -5, max: 0 }).map(
  (row): Tampering => ({
    name: `puts a row at ${row}`,
    act: database => {
      const model = read(database, 1);
      if (model) put(database, sealed({ ...model, id: row }));
    },
    row,
    what: 'inserted',
  }),
);
const ONE = [
  edit,
  editTime,
  editAndSeal,
  remove,
  removeAndClose,
  swap,
  move,
  truncate,
  insert,
  insertRough,
  insertBefore,
  copyOver,
  copyBehind,
];

describe('somebody who has the file and an SQL shell', () => {
  it('is found with anything he does, and the first bad row is named', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(...ONE), async ({ act, row, what }) => {
        const database = opened();
        const before = dump(database);
        act(database);
        const fault = await faultIn(database);
        if (dump(database) === before) expect(fault).toBeNull();
        else
          expect(fault).toMatchObject({
            row,
            ...(what && { what }),
            text: expect.stringContaining(`${row}`),
          });
        database.close();
      }),
      { numRuns: 1500 },
    );
  });

  it('is found with several things at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...ONE), { minLength: 2, maxLength: 4 }), async tamperings => {
        const database = opened();
        const before = dump(database);
        for (const { act } of tamperings) {
          try {
            act(database);
          } catch {
            // After the others it may no longer be possible.
          }
        }
        const isSame = dump(database) === before;
        expect((await faultIn(database)) === null).toBe(isSame);
        database.close();
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['takes the head away', 'DELETE FROM meta', { row: ROWS, what: 'head lost' }],
    ['spoils the head', `UPDATE meta SET value = 'x'`, { row: ROWS, what: 'head lost' }],
    ['empties the table', 'DELETE FROM audit_log', { row: 1, what: 'cut off' }],
    [
      'puts another hash into the head',
      `UPDATE meta SET value = '${ROWS} ${GENESIS}'`,
      { row: ROWS, what: 'changed' },
    ],
    [
      'sets the head back',
      `UPDATE meta SET value = (SELECT '10 ' || hash FROM audit_log WHERE id = 10)`,
      { row: 11, what: 'inserted' },
    ],
  ])('%s: found', async (_, sql, fault) => {
    const database = opened();
    database.exec(sql);
    expect(await faultIn(database)).toMatchObject(fault);
  });

  it.each([
    ['cut off the end', `DELETE FROM audit_log WHERE id > 9`, { row: 10, what: 'missing' }],
    ['changed a row', `UPDATE audit_log SET actor = 'x' WHERE id = 12`, { row: 12, what: 'changed' }],
    [
      'took the head and the end',
      `DELETE FROM meta; DELETE FROM audit_log WHERE id > 9`,
      { row: 10, what: 'head lost' },
    ],
  ])('and has %s is still found when the relay has gone on writing', async (_, sql, fault) => {
    const database = opened();
    database.exec(sql);
    const audit = new AuditLog({ database, clock: systemClock });
    const by = { actor: 'system', via: 'system', source: 'daemon' } as const;
    audit.note({ by, action: 'daemon.start' });
    audit.note({ by, action: 'daemon.stop' });
    expect(await faultIn(database)).toMatchObject(fault);
  });
});
