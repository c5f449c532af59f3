import { createInterface } from 'node:readline/promises';
import type { KeyOrder } from '../../../daemon/guards/keys/key-order.ts';
import { AppError } from '../../../shared/errors.ts';
import type { GivenOf } from '../../command.ts';
import type { keysCreateCommand, keysRevokeCommand, keysRotateCommand } from '../../commands/keys.ts';
import { durationFrom } from '../../control/connect.ts';
import { type Answer, sentenceAnswer, tableAnswer } from '../../output/answer.ts';
import { whoAmI, withKeys } from './key-store.ts';
import { created, forScripts, KEY_COLUMNS, planned, plannedKey, rowOf } from './key-view.ts';

const NOT_DONE = 'Nothing was changed. Without --dry-run';

export function createKey(given: GivenOf<typeof keysCreateCommand>): Promise<Answer> {
  const isDryRun = given['dry-run'];
  return withKeys({ mayBegin: true, isDryRun }, async keys => {
    const made = await keys.create(orderFrom(given), whoAmI());
    if (!isDryRun) return created('keys-create/1', made);
    return planned('keys-create/1', {
      says: `${NOT_DONE} this key would be made:`,
      ...plannedKey(made.record),
    });
  });
}

export function listKeys(): Promise<Answer> {
  return withKeys({ mayBegin: false }, keys => {
    const all = keys.list();
    return tableAnswer({
      schema: 'keys-list/1',
      data: { keys: all.map(forScripts) },
      header: KEY_COLUMNS,
      rows: all.map(rowOf),
      none: "There are no keys yet. '3cx-relay keys create' makes one.",
    });
  });
}

export function revokeKey(given: GivenOf<typeof keysRevokeCommand>): Promise<Answer> {
  const { id, yes } = given;
  const isDryRun = given['dry-run'];
  return withKeys({ mayBegin: false, isDryRun }, async keys => {
    const before = keys.list().find(key => key.id === id);
    if (before && !yes && !isDryRun) await confirm(`Revoke the key ${id} ("${before.name}")?`);
    const record = keys.revoke(id);
    const data = forScripts(record);
    const named = `key ${id} ("${record.name}")`;
    if (!isDryRun) return sentenceAnswer({ schema: 'keys-revoke/1', data, says: `The ${named} is revoked.` });
    const wouldChange = before?.revokedAt === null;
    const says = wouldChange
      ? `${NOT_DONE} the ${named} would be revoked.`
      : `The ${named} is revoked already: nothing would change.`;
    return planned('keys-revoke/1', { says, wouldChange, data });
  });
}

export function rotateKey(given: GivenOf<typeof keysRotateCommand>): Promise<Answer> {
  const { id, overlap } = given;
  const isDryRun = given['dry-run'];
  return withKeys({ mayBegin: false, isDryRun }, async keys => {
    const overlapMs = durationFrom('overlap', overlap);
    const rotated = await keys.rotate(id, { createdBy: whoAmI(), overlapMs });
    if (!isDryRun) return created('keys-rotate/1', rotated);
    const old = keys.list().find(key => key.id === id);
    const oldKeyEndsAt = new Date(old?.revokedAt ?? old?.expiresAt ?? Date.now()).toISOString();
    const says = `${NOT_DONE} the key ${id} would end at ${oldKeyEndsAt}, and this key would be made:`;
    const { data, ...plan } = plannedKey(rotated.record);
    return planned('keys-rotate/1', { says, ...plan, data: { ...data, oldKeyEndsAt } });
  });
}

function orderFrom(given: GivenOf<typeof keysCreateCommand>): KeyOrder {
  const { name, permission, extension, queue, network, rate } = given;
  const term = given['expires-in'];
  return {
    name,
    permissions: permission ?? [],
    extensions: extension ?? null,
    queues: queue ?? null,
    networks: network ?? null,
    ratePerMinute: rate ?? null,
    expiresAt: term === undefined ? null : Date.now() + durationFrom('expires-in', term),
  };
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new AppError('E_BAD_REQUEST', { detail: `${question} Nobody can be asked here: add --yes.` });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} Type yes: `).finally(() => terminal.close());
  if (answer.trim() !== 'yes') throw new AppError('E_CONFLICT', { detail: 'Nothing was changed.' });
}
