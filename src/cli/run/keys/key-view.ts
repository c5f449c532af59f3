import type { CreatedKey } from '../../../daemon/guards/api-keys.ts';
import type { ApiKey } from '../../../daemon/guards/keys/key-table.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import { isoTime, localTime, timeCell } from '../../../shared/telling/time.ts';
import { type Answer, type Cell, fieldsAnswer, tableText } from '../../output/answer.ts';
import type { Plan } from '../../output/plan.ts';
import type { Proof } from './key-proof.ts';

export const KEY_COLUMNS = ['ID', 'NAME', 'STATE', 'PERMISSIONS', 'ONLY', 'EXPIRES', 'LAST USED'];
const SHOWN_ONCE = 'The key is shown only now: store it where the program that uses it can read it.';

interface Told {
  /** Where the key stands instead. */
  keyFile?: string;
  proof?: readonly Proof[];
}

/** The only place where a key is printed. */
export function created(schema: string, { key, record }: CreatedKey, { keyFile, proof }: Told): Answer {
  const secret = keyFile === undefined ? { key } : { keyFile };
  const data = { ...forScripts(record), ...secret, ...(proof && { proof }) };
  const fields = { id: record.id, ...fieldsOf(record), ...secret };
  const notes = keyFile === undefined ? [SHOWN_ONCE] : [];
  const answer = fieldsAnswer({ schema, data, fields, notes });
  if (proof === undefined) return answer;
  const rows = proof.map(({ what, result, found }) => [what, result, found]);
  return {
    ...answer,
    rows: () => [...answer.rows(), ...rows],
    text: style => `${answer.text(style)}\n${tableText(['TRIED', 'RESULT', 'FOUND'], rows, { style })}`,
    ...(proof.some(({ result }) => result === 'fail') && { exit: EXIT.found }),
  };
}

/** All of a key that would be made but its id, which only making it gives. */
export function plannedKey(record: ApiKey): Pick<Plan, 'wouldChange' | 'data' | 'fields'> {
  const { id: _, ...data } = forScripts(record);
  return { wouldChange: true, data, fields: fieldsOf(record) };
}

function fieldsOf(record: ApiKey): Record<string, string> {
  const { name, permissions, expiresAt } = record;
  const expires = shortTime(expiresAt, DAY_CHARS);
  return { name, permissions: permissions.join(','), only: onlyOf(record), expires };
}

/** As in `--json`: times as RFC 3339. */
export function forScripts(key: ApiKey): Record<string, unknown> {
  const { createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  return {
    ...key,
    state: stateOf(key),
    createdAt: isoTime(createdAt),
    expiresAt: isoTime(expiresAt),
    revokedAt: isoTime(revokedAt),
    lastUsedAt: isoTime(lastUsedAt),
  };
}

export function rowOf(key: ApiKey): Cell[] {
  const { expiresAt, lastUsedAt } = key;
  return [...whatOf(key), shortTime(expiresAt, DAY_CHARS), shortTime(lastUsedAt, MINUTE_CHARS)];
}

export function plainRowOf(key: ApiKey): Cell[] {
  return [...whatOf(key), timeCell(key.expiresAt), timeCell(key.lastUsedAt)];
}

function whatOf(key: ApiKey): Cell[] {
  const { id, name, permissions } = key;
  return [id, name, stateOf(key), permissions.join(','), onlyOf(key)];
}

function onlyOf({ extensions, queues, networks }: ApiKey): string {
  return [...(extensions ?? []), ...(queues ?? []), ...(networks ?? [])].join(',') || '-';
}

function stateOf({ revokedAt, expiresAt }: ApiKey): 'active' | 'revoked' | 'expired' {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= Date.now() ? 'expired' : 'active';
}

/** `2026-11-20 15:04` */
const MINUTE_CHARS = 16;
const DAY_CHARS = 10;

function shortTime(time: number | null, chars: number): string {
  return localTime(time)?.slice(0, chars) ?? 'never';
}
