import { AppError } from '../../../../shared/errors.ts';
import type { Clock, HistoryPage, HistoryQuery, HistoryRecord, HistorySource } from '../../../core/ports.ts';
import type { Database } from './database/database.ts';
import type { RungFailure } from './database/login.ts';
import type { CallsAround, Moment, RecordSource } from './record-source.ts';
import { TableRecords } from './records/table-records.ts';
import { CallLogReport } from './reports/call-log-report.ts';
import { HistoryView } from './reports/history-view.ts';
import type { XapiGetter } from './reports/report.ts';
import { ReportRecords } from './reports/report-records.ts';

interface HistoryParts {
  database: Database;
  /** Null while the API is not set up. */
  xapi: XapiGetter | null;
  clock: Clock;
}

/** A report that is not there is looked for again after so long; until then the old view answers. */
const CLIMB_AFTER_MS = 60_000;

/** Past calls, from the highest rung that holds: the database's table, XAPI's report, XAPI's old view. */
export class History implements HistorySource {
  readonly #database: Database;
  readonly #report: RecordSource | null;
  readonly #oldView: RecordSource | null;
  readonly #clock: Clock;
  /** Since when the report is known not to be there. */
  #missing: { since: number; reason: string } | null = null;
  #origin: string | null = null;

  constructor({ database, xapi, clock }: HistoryParts) {
    const now = () => clock.now();
    this.#database = database;
    this.#clock = clock;
    this.#report = xapi && new ReportRecords(new CallLogReport(xapi, clock), now);
    this.#oldView = xapi && new ReportRecords(new HistoryView(xapi), now);
  }

  /** For status and doctor: which rung answered last, and why those above do not. */
  get ladder(): { rung: string | null; failures: RungFailure[] } {
    const { rung, failures } = this.#database.ladder;
    if (this.#database.records && rung) return { rung: this.#origin, failures: [...failures] };
    const report = this.#missing ? [{ rung: 'ReportCallLogData', reason: this.#missing.reason }] : [];
    return { rung: this.#origin, failures: [...failures, ...report] };
  }

  page(query: HistoryQuery, signal?: AbortSignal): Promise<HistoryPage> {
    return this.#onRung(query.cursor !== undefined, source => source.page(query, signal));
  }

  one(id: string, signal?: AbortSignal): Promise<HistoryRecord | null> {
    return this.#onRung(false, source => source.one(id, signal));
  }

  /** For what ended lately. The old view has nothing of today, and is not asked. */
  around(moments: readonly Moment[], signal: AbortSignal): Promise<CallsAround> {
    const sources = this.#sources().filter(source => source !== this.#oldView);
    return this.#onRung(false, source => source.around(moments, signal), sources);
  }

  /** Once a batch is out there is no other rung: what follows would not fit what was given. */
  async *stream<Made>(
    query: HistoryQuery,
    signal: AbortSignal,
    make: (record: HistoryRecord) => Made,
  ): AsyncGenerator<Made[]> {
    const { first, rest } = await this.#onRung(false, async source => {
      const rest = source.stream(query, signal, make)[Symbol.asyncIterator]();
      return { first: await rest.next(), rest };
    });
    try {
      for (let step = first; !step.done; step = await rest.next()) yield step.value;
    } finally {
      await rest.return?.();
    }
  }

  /** Goes down the ladder until a rung holds. A walk over pages stays on its rung: another has other ids. */
  async #onRung<Result>(
    isBound: boolean,
    work: (source: RecordSource) => Promise<Result>,
    sources = this.#sources(),
  ): Promise<Result> {
    let firstFault: AppError | null = null;
    for (const source of sources) {
      try {
        const result = await work(source);
        if (source === this.#report) this.#missing = null;
        this.#origin = source.origin;
        return result;
      } catch (error) {
        if (!(error instanceof AppError && this.#isFaultOf(source, error))) {
          // When the one below fails as well, what is wrong with the better one is what has to be mended.
          throw isOfPbx(error) ? (firstFault ?? error) : error;
        }
        firstFault ??= error;
        if (isBound) break;
      }
    }
    throw firstFault && firstFault.code !== 'E_NOT_FOUND' ? firstFault : this.#nothingHolds();
  }

  /** Whether the rung itself does not hold. All else is about the question, and another rung would only hide it. */
  #isFaultOf(source: RecordSource, { code, detail }: AppError): boolean {
    if (source !== this.#report && source !== this.#oldView) return code === 'E_UNAVAILABLE';
    // The old view answers "nothing" on most systems, so it is asked only where there is no report at all.
    if (code === 'E_NOT_FOUND' && source === this.#report)
      this.#missing = { since: this.#clock.elapsed(), reason: detail };
    return code === 'E_NOT_FOUND';
  }

  #sources(): RecordSource[] {
    const table = this.#database.records;
    const isMissing = this.#missing !== null && this.#clock.elapsed() - this.#missing.since < CLIMB_AFTER_MS;
    const sources = [
      table && new TableRecords(this.#database, table, () => this.#clock.now()),
      isMissing ? null : this.#report,
      this.#oldView,
    ];
    return sources.filter(source => source !== null);
  }

  #nothingHolds(): AppError {
    const reasons = this.ladder.failures.map(({ rung, reason }) => `${rung}: ${reason}`);
    const detail = `Call history is not available: no database and no API. ${reasons.join('; ')}`;
    return new AppError('E_UNAVAILABLE', { detail, retryAfterSeconds: 10 });
  }
}

function isOfPbx(error: unknown): boolean {
  return error instanceof AppError && error.kind.status >= 500;
}
