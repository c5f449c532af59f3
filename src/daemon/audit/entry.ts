import { AppError } from '../../shared/errors.ts';
import { maskTokens } from '../../shared/masks.ts';

/** By which door somebody came. */
export type Via = 'operator-token' | 'login' | 'setup' | 'cli' | 'system';
export type Outcome = 'ok' | 'refused' | 'failed';

/** All that is written down. Reading is not. */
export const AUDIT_ACTIONS = [
  'login.ok',
  'login.fail',
  'login.end',
  'setup.redeem',
  'setup.fail',
  'user.create',
  'user.change',
  'user.remove',
  'key.create',
  'key.rotate',
  'key.revoke',
  'client.close',
  'component.reconnect',
  'error.acknowledge',
  'config.reload',
  'backup.create',
  'backup.restore',
  'maintenance.run',
  'daemon.start',
  'daemon.stop',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who does something, and from where. */
export interface Author {
  /** The user's name; for what is no user, who it is: `operator`, `system`, `cli:anna`. */
  actor: string;
  via: Via;
  /** The client's address, or `control-socket`. */
  source: string;
  /** The Unix user who says to have sent it; nothing proves it. */
  claimedUser?: string | null;
}

export interface AuditNote {
  by: Author;
  action: AuditAction;
  /** What it was done to: an id or a name. */
  subject?: string;
  /** Without one: ok. */
  outcome?: Outcome;
  /** What else one would want to know. Never a secret. */
  detail?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** A note as it is stored. */
export interface AuditRow {
  id: number;
  time: number;
  actor: string;
  via: string;
  source: string;
  action: string;
  subject: string | null;
  outcome: string;
  /** JSON text. */
  detail: string;
  prevHash: string;
  hash: string;
}

export type AuditContent = Omit<AuditRow, 'id' | 'time' | 'prevHash' | 'hash'>;

const ACTOR_CHARS_MAX = 128;
const SOURCE_CHARS_MAX = 64;
const SUBJECT_CHARS_MAX = 256;
const DETAIL_CHARS_MAX = 4096;
/** What must never stand in a detail; to be told by its field's name. */
const SECRET_FIELD = /passw|secret|token|hash|^key$/i;

/** A note in the form in which it is hashed and stored. */
export function contentOf({ by, action, subject, outcome = 'ok', detail = {} }: AuditNote): AuditContent {
  const secret = Object.entries(detail).find(([field, value]) => SECRET_FIELD.test(field) && !isFlag(value));
  if (secret !== undefined) throw new Error(`the audit log takes no field "${secret[0]}"`);
  const all = { ...detail, ...(by.claimedUser ? { claimedUser: by.claimedUser } : {}) };
  const inOrder = Object.entries(all).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const text = maskTokens(JSON.stringify(Object.fromEntries(inOrder)));
  return {
    actor: bounded(by.actor, ACTOR_CHARS_MAX),
    via: by.via,
    source: bounded(by.source, SOURCE_CHARS_MAX),
    action,
    // Somebody may have put the key itself where its id belongs, and viewers read this.
    subject: subject === undefined ? null : bounded(maskTokens(subject), SUBJECT_CHARS_MAX),
    outcome,
    detail:
      text.length > DETAIL_CHARS_MAX ? JSON.stringify({ cut: text.slice(0, DETAIL_CHARS_MAX / 4) }) : text,
  };
}

/** What a failed attempt is written down as: refused when that is our answer to it, failed when we could not. */
export function outcomeOf(error: unknown): Outcome {
  return error instanceof AppError && error.kind.status < 500 ? 'refused' : 'failed';
}

function isFlag(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** Well-formed, because SQLite would store something else than was hashed. */
function bounded(text: string, charsMax: number): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
  return cut.toWellFormed();
}
