import type { ConditionCode } from '../../../../shared/conditions/condition-table.ts';
import type { ConnectionEnd } from '../../socket-connection.ts';
import { conditionOfFault } from '../http/fault-conditions.ts';
import { PbxError, wordsOf } from '../http/pbx-error.ts';
import type { ComponentLink } from '../live/component-link.ts';
import type { SourceLogger } from '../options.ts';
import type { SocketAuth } from './socket-auth.ts';

interface HealthParts {
  link: ComponentLink;
  auth: SocketAuth;
  logger: SourceLogger;
  whyForbidden: () => string;
  isListAnswering: () => boolean;
  standAlone: (isOnlySource: boolean) => void;
  snapshotDue: () => void;
}

/** 3CX: an empty list means silence, not everything. */
const NOBODY_MONITORED =
  'The API client may see no extension, so no event will come. Fill "extensions to monitor" under Integrations > API.';
const LIST_RUNG = 'XAPI ActiveCalls';

/** Says on which rung call control stands, and why not on a higher one. */
export class CallControlHealth {
  readonly #parts: HealthParts;
  #latencyMs: number | null = null;
  /** Set while the upgrade is forbidden: the list of calls stands in. */
  #forbidden: { reason: string; nextAttemptAt: number } | null = null;

  constructor(parts: HealthParts) {
    this.#parts = parts;
  }

  opened(): void {
    const { auth, logger } = this.#parts;
    this.#forbidden = null;
    auth.opened();
    logger.info({ scheme: auth.scheme }, 'call control is connected');
  }

  /** A snapshot agrees with the socket: only now is anything sure. */
  settled(monitored: number): void {
    const { link, auth, standAlone } = this.#parts;
    standAlone(false);
    const told = { rung: this.#rung(auth), latencyMs: this.#latencyMs };
    if (monitored > 0) link.tell({ state: 'up', ...told });
    else
      link.tell({ state: 'degraded', reason: NOBODY_MONITORED, ...told, conditions: ['NOBODY_MONITORED'] });
  }

  unsettled(error: unknown): void {
    const { link, auth } = this.#parts;
    const reason = `Events arrive, but the state of calls cannot be read: ${wordsOf(error)}`;
    const conditions = [
      conditionOfFault(error, isForbidden(error) ? 'CALLCONTROL_FORBIDDEN' : 'CALLCONTROL_UNSURE'),
    ];
    link.tell({ state: 'degraded', rung: this.#rung(auth), reason, latencyMs: this.#latencyMs, conditions });
  }

  closed(end: ConnectionEnd & { nextAttemptAt: number; isForbidden: boolean }): void {
    const { link, auth, logger, standAlone, whyForbidden } = this.#parts;
    const { nextAttemptAt, status } = end;
    this.#latencyMs = null;
    const reason = end.isForbidden
      ? whyForbidden()
      : status === 401
        ? (auth.verdict() ?? end.reason)
        : end.reason;
    logger.warn({ reason, nextAttemptAt }, 'call control is not connected');
    if (end.isForbidden) {
      this.#forbidden = { reason, nextAttemptAt };
      standAlone(true);
      this.listAnswered();
      return;
    }
    this.#forbidden = null;
    standAlone(false);
    const otherwise = status === 401 ? 'CALLCONTROL_REFUSED' : 'CALLCONTROL_DOWN';
    link.tell({ state: 'down', reason, nextAttemptAt, conditions: [conditionOfFault(end.cause, otherwise)] });
  }

  /** While call control is forbidden, how the list is decides how live calls are. */
  listAnswered(): void {
    if (!this.#forbidden) return;
    const { reason, nextAttemptAt } = this.#forbidden;
    const { link, isListAnswering } = this.#parts;
    const told = { nextAttemptAt, conditions: ['CALLCONTROL_FORBIDDEN'] as ConditionCode[] };
    if (isListAnswering()) {
      told.conditions.push('CALLCONTROL_POLLED');
      link.tell({ state: 'degraded', rung: LIST_RUNG, reason, ...told });
    } else {
      link.tell({ state: 'down', reason: `${reason} ActiveCalls does not answer either.`, ...told });
    }
  }

  pong(latencyMs: number): void {
    this.#latencyMs = Math.round(latencyMs);
    this.#parts.link.measured(this.#latencyMs);
  }

  snapshotDue(): void {
    this.#parts.snapshotDue();
  }

  #rung({ scheme }: SocketAuth): string {
    return `call control by ${scheme}`;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof PbxError && error.fault === 'forbidden';
}
