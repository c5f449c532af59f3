import type { Permission } from '../../shared/control-api/rights.ts';
import { AppError } from '../../shared/errors.ts';
import type { JournalEntry } from '../../shared/journal-entry.ts';
import type { Principal } from './principal.ts';

/** What nobody has granted is not allowed. */
export function may(principal: Principal, permission: Permission): boolean {
  return principal.permissions.includes(permission);
}

/** Throws E_FORBIDDEN with what to do. */
export function demand(principal: Principal, permission: Permission): void {
  if (may(principal, permission)) return;
  const has = principal.permissions.join(', ') || 'nothing';
  const detail = `This needs the permission "${permission}" and the key "${principal.name}" has ${has}. Ask for a key that has it.`;
  throw new AppError('E_FORBIDDEN', { detail });
}

/** Asked for every entry before it goes to a client. An entry that names no extension or queue concerns everybody who may read. */
export function mayReceive(principal: Principal, { dns }: Pick<JournalEntry, 'dns'>): boolean {
  if (!may(principal, 'read')) return false;
  return dns.length === 0 || mayTouchAny(principal, dns);
}

/** Whether one of these extensions or queues is within the key's restrictions. None named: only for a key without any. */
export function mayTouchAny({ onlyDns }: Principal, dns: readonly string[]): boolean {
  return onlyDns === null || dns.some(dn => onlyDns.has(dn));
}
