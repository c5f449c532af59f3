import type { CreatedKey } from '../../../daemon/guards/api-keys.ts';
import type { ApiKey } from '../../../daemon/guards/keys/key-table.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import { type Answer, fieldsAnswer, sentenceAnswer } from '../../output/answer.ts';

export const KEY_COLUMNS = ['ID', 'NAME', 'STATE', 'PERMISSIONS', 'ONLY', 'EXPIRES', 'LAST USED'];
const SHOWN_ONCE = 'The key is shown only now: store it where the program that uses it can read it.';

/** The only place where a key is printed. */
export function created(schema: string, { key, record }: CreatedKey): Answer {
  const fields = { id: record.id, ...fieldsOf(record), key };
  return fieldsAnswer({ schema, data: { ...forScripts(record), key }, fields, notes: [SHOWN_ONCE] });
}

/** What a dry run found. */
interface Plan {
  says: string;
  wouldChange: boolean;
  data: Record<string, unknown>;
  fields?: Record<string, string>;
}

export function planned(schema: string, { says, wouldChange, data: found, fields = {} }: Plan): Answer {
  const data = { dryRun: true, wouldChange, ...found };
  const exit = wouldChange ? { exit: EXIT.found } : {};
  const said = sentenceAnswer({ schema, data, says, ...exit });
  if (Object.keys(fields).length === 0) return said;
  const listed = fieldsAnswer({ schema, data, fields, ...exit });
  return { ...listed, text: style => said.text(style) + listed.text(style) };
}

/** All of a key that would be made but its id, which only making it gives. */
export function plannedKey(record: ApiKey): Pick<Plan, 'wouldChange' | 'data' | 'fields'> {
  const { id: _, ...data } = forScripts(record);
  return { wouldChange: true, data, fields: fieldsOf(record) };
}

function fieldsOf(record: ApiKey): Record<string, string> {
  const [, name = '', , permissions = '', only = '', expires = ''] = rowOf(record);
  return { name, permissions, only, expires };
}

/** As in `--json`: times as RFC 3339. */
export function forScripts(key: ApiKey): Record<string, unknown> {
  const { createdAt, expiresAt, revokedAt, lastUsedAt } = key;
  return {
    ...key,
    state: stateOf(key),
    createdAt: isoText(createdAt),
    expiresAt: isoText(expiresAt),
    revokedAt: isoText(revokedAt),
    lastUsedAt: isoText(lastUsedAt),
  };
}

export function rowOf(key: ApiKey): string[] {
  const { id, name, permissions, extensions, queues, networks, expiresAt, lastUsedAt } = key;
  const only = [...(extensions ?? []), ...(queues ?? []), ...(networks ?? [])].join(',') || '-';
  return [id, name, stateOf(key), permissions.join(','), only, minuteText(expiresAt), minuteText(lastUsedAt)];
}

function stateOf({ revokedAt, expiresAt }: ApiKey): 'active' | 'revoked' | 'expired' {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= Date.now() ? 'expired' : 'active';
}

function isoText(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}

function minuteText(time: number | null): string {
  return (
    isoText(time)
      ?.replace(/:\d\d\.\d+Z$/, 'Z')
      .replace('T', ' ') ?? 'never'
  );
}
