import { AppError } from '../../../../shared/errors.ts';
import type { AgentStretch, AgentStretchQuery, Clock } from '../../../core/ports.ts';
import { reasonOf } from './database/database-fault.ts';
import type { Statement, TextRow } from './database/statement.ts';
import { type FoundTable, findTable, type TableSearch } from './database/table-survey.ts';
import { Values } from './records/record-filters.ts';
import { isoTime } from './records/record-row.ts';

export const STATE_TABLE = 'operator_state_history';

interface StateParts {
  database: { query(statement: Statement, signal?: AbortSignal): Promise<TextRow[]> };
  clock: Clock;
}

/** A table that is not there, or is none of states, is looked for again after so long. */
const LOOK_AGAIN_MS = 60_000;

/** 3CX: named by the project's brief and never seen, so nothing is sure but its name: columns are found by theirs. */
const FIELDS = {
  dn: { kind: 'text', names: ['operator_dn', 'agent_dn', 'dn'] },
  name: { kind: 'text', names: ['operator_name', 'agent_name', 'name'] },
  queueStatus: { kind: 'text', names: ['queue_status', 'status', 'state'] },
  profile: { kind: 'text', names: ['profile', 'profile_name'] },
  startedAt: { kind: 'time', names: ['start_time', 'started_at'] },
  endedAt: { kind: 'time', names: ['end_time', 'ended_at'] },
} as const satisfies TableSearch<string>['fields'];

const SEARCH: TableSearch<keyof typeof FIELDS> = {
  tables: [STATE_TABLE],
  fields: FIELDS,
  needed: ['dn', 'queueStatus', 'startedAt', 'endedAt'],
};

type StateTable = FoundTable<keyof typeof FIELDS>;

/** Agents' states as the PBX's database keeps them, where it does. */
export class OperatorStates {
  readonly #parts: StateParts;
  #found: StateTable | null = null;
  #missing: { at: number; reason: string } | null = null;

  constructor(parts: StateParts) {
    this.#parts = parts;
  }

  /** Throws E_UNAVAILABLE with the reason when there is no table that can be trusted. */
  async stretches(query: AgentStretchQuery): Promise<AgentStretch[]> {
    const rows = await this.#ask(table => stretchesStatement(table, query));
    if (rows.length === 0) await this.check();
    return rows.flatMap(stretchOf);
  }

  /** A table without a single row is one that nobody fills. */
  async check(signal?: AbortSignal): Promise<void> {
    const statementFor = ({ from }: StateTable): Statement => ({
      text: `SELECT EXISTS (SELECT 1 FROM ${from})::text`,
      values: [],
    });
    const [[isFilled] = []] = await this.#ask(statementFor, signal);
    if (isFilled !== 'true') throw unusable('it is there, but empty');
  }

  async #ask(statementFor: (table: StateTable) => Statement, signal?: AbortSignal): Promise<TextRow[]> {
    const table = await this.#table(signal);
    return this.#query(statementFor(table), signal);
  }

  async #table(signal?: AbortSignal): Promise<StateTable> {
    if (this.#found) return this.#found;
    const { clock } = this.#parts;
    if (this.#missing && clock.elapsed() - this.#missing.at < LOOK_AGAIN_MS)
      throw unusable(this.#missing.reason);
    const { table, failures } = await findTable(statement => this.#query(statement, signal), SEARCH);
    if (table) {
      this.#found = table;
      return table;
    }
    const reason = failures.map(failure => failure.reason).join('; ');
    this.#missing = { at: clock.elapsed(), reason };
    throw unusable(reason);
  }

  async #query(statement: Statement, signal?: AbortSignal): Promise<TextRow[]> {
    try {
      return await this.#parts.database.query(statement, signal);
    } catch (error) {
      // Whatever it was, the next time the table is looked at anew.
      this.#found = null;
      this.#missing = null;
      if (!(error instanceof AppError)) throw error;
      throw unusable(reasonOf(error.cause ?? error));
    }
  }
}

function stretchesStatement(
  { from, column }: StateTable,
  { start, end, dn, limit, onlyDns }: AgentStretchQuery,
): Statement {
  const values = new Values();
  const conditions = [
    `${column.startedAt} < ${values.time(end)}`,
    `(${column.endedAt} IS NULL OR ${column.endedAt} > ${values.time(start)})`,
    `${column.dn} IS NOT NULL`,
  ];
  if (dn !== undefined) conditions.push(`${column.dn} = ${values.add(dn)}`);
  if (onlyDns) conditions.push(`${column.dn} = ANY(${values.add([...onlyDns])}::text[])`);
  const { name, queueStatus, profile, startedAt, endedAt } = column;
  const text = `SELECT ${[column.dn, name, queueStatus, profile, startedAt, endedAt].join(', ')} FROM ${from} r
WHERE ${conditions.join('\n AND ')}
ORDER BY ${startedAt} DESC, ${column.dn} LIMIT ${values.add(limit)}`;
  return { text, values: values.list };
}

/** A row whose beginning is no time is left out. */
function stretchOf([dn, name, queueStatus, profile, started, ended]: TextRow): AgentStretch[] {
  const startedAt = isoTime(started ?? null);
  if (startedAt === null) return [];
  return [
    {
      dn: dn ?? '',
      name: name ?? '',
      queueStatus: queueStatus ?? '',
      profile: profile ?? '',
      startedAt,
      endedAt: isoTime(ended ?? null),
    },
  ];
}

function unusable(detail: string): AppError {
  return new AppError('E_UNAVAILABLE', { detail });
}
