import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { AuditLog } from '../../src/daemon/audit/audit-log.ts';
import type { AuditRow, Author } from '../../src/daemon/audit/entry.ts';
import { Operators } from '../../src/daemon/guards/operators/operators.ts';
import { openDatabase } from '../../src/daemon/store/database.ts';
import { readSchema } from '../../src/daemon/store/schema-text.ts';
import { pathsUnder } from '../../src/shared/paths.ts';
import { SteppedClock } from '../keys/kit.ts';

export const ROOT: Author = {
  actor: 'operator',
  via: 'operator-token',
  source: 'control-socket',
  claimedUser: 'anna',
};
export const PASSWORD = 'correct horse battery';

/** The part of a daemon that operators meet, on a folder of its own. */
export class Desk {
  readonly home = mkdtempSync(join(tmpdir(), 'relay-operators-'));
  readonly paths = pathsUnder(this.home);
  readonly clock = new SteppedClock();
  readonly database: Database = openDatabase({
    path: this.paths.stateFile,
    part: 'state',
    schema: readSchema(),
  });
  readonly audit = new AuditLog({ database: this.database, clock: this.clock });
  readonly #passwordCost: number | undefined;
  operators: Operators;

  /** Without a cost of its own a password takes as long as everywhere. */
  constructor({ passwordCost }: { passwordCost?: number } = { passwordCost: 4 }) {
    this.#passwordCost = passwordCost;
    this.operators = this.newOperators();
  }

  newOperators(adminSecret: string | null = null): Operators {
    const { database, audit, clock, paths } = this;
    const cost = this.#passwordCost;
    return new Operators({
      database,
      audit,
      clock,
      adminSecret,
      paths,
      ...(cost !== undefined && { passwordCost: cost }),
    });
  }

  async restart(adminSecret: string | null = null): Promise<void> {
    await this.operators.stop();
    this.operators = this.newOperators(adminSecret);
    this.operators.start();
  }

  /** The newest first. */
  written(): Pick<AuditRow, 'action' | 'actor' | 'outcome' | 'subject' | 'detail'>[] {
    return this.audit.page().rows;
  }

  async close(): Promise<void> {
    await this.operators.stop();
    this.database.close();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export function codeOf(work: () => unknown): Promise<string> {
  return Promise.resolve()
    .then(work)
    .then(
      () => 'fine',
      error => error.code ?? String(error),
    );
}
