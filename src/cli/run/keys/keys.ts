import type { CreatedKey } from '../../../daemon/guards/api-keys.ts';
import type { KeyOrder } from '../../../daemon/guards/keys/key-order.ts';
import type { Common, GivenOf } from '../../command.ts';
import type {
  keysCreateCommand,
  keysListCommand,
  keysRevokeCommand,
  keysRotateCommand,
} from '../../commands/keys.ts';
import { connect, durationFrom } from '../../connect.ts';
import { type Answer, sentenceAnswer, tableAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { atKeyDesk } from './key-desk.ts';
import { demandNoFile, withKeyFile } from './key-file.ts';
import { created, forScripts, KEY_COLUMNS, plainRowOf, plannedKey, rowOf } from './key-view.ts';

export function createKey(given: GivenOf<typeof keysCreateCommand>): Promise<Answer> {
  const isDryRun = given['dry-run'];
  const keyFile = given.output;
  const order = orderFrom(given);
  return atKeyDesk(given, { mayBegin: true, isDryRun, needsDaemon: given.test }, async desk => {
    if (!isDryRun) return shown('keys-create/1', given, () => desk.create(order));
    if (keyFile !== undefined) demandNoFile(keyFile);
    const { record } = await desk.create(order);
    return planned('keys-create/1', { says: `${NOT_DONE} this key would be made:`, ...plannedKey(record) });
  });
}

export function listKeys(given: GivenOf<typeof keysListCommand>): Promise<Answer> {
  return atKeyDesk(given, {}, async desk => {
    const all = await desk.list();
    return tableAnswer({
      schema: 'keys-list/1',
      data: { keys: all.map(forScripts) },
      header: KEY_COLUMNS,
      rows: all.map(rowOf),
      plain: all.map(plainRowOf),
      none: "There are no keys yet. '3cx-relay keys create' makes one.",
    });
  });
}

export function revokeKey(given: GivenOf<typeof keysRevokeCommand>): Promise<Answer> {
  const { id } = given;
  const isDryRun = given['dry-run'];
  return atKeyDesk(given, { isDryRun }, async desk => {
    const before = (await desk.list()).find(key => key.id === id);
    if (before && !isDryRun) await confirm(given, `Revoke the key ${id} ("${before.name}")?`);
    const record = await desk.revoke(id);
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
  const { id } = given;
  const isDryRun = given['dry-run'];
  const keyFile = given.output;
  const overlapMs = durationFrom('overlap', given.overlap);
  return atKeyDesk(given, { isDryRun }, async desk => {
    if (!isDryRun) return shown('keys-rotate/1', given, () => desk.rotate(id, overlapMs));
    if (keyFile !== undefined) demandNoFile(keyFile);
    const { record } = await desk.rotate(id, overlapMs);
    const old = (await desk.list()).find(key => key.id === id);
    const oldKeyEndsAt = new Date(old?.revokedAt ?? old?.expiresAt ?? Date.now()).toISOString();
    const says = `${NOT_DONE} the key ${id} would end at ${oldKeyEndsAt}, and this key would be made:`;
    const { data, ...plan } = plannedKey(record);
    return planned('keys-rotate/1', { says, ...plan, data: { ...data, oldKeyEndsAt } });
  });
}

type Showing = Common & { output: string | undefined; test?: boolean };

/** The key is told once: on the screen, or in a file. */
async function shown(schema: string, given: Showing, make: () => Promise<CreatedKey>): Promise<Answer> {
  const name = given.output;
  const tell = async (made: CreatedKey, keyFile?: string): Promise<Answer> =>
    created(schema, made, {
      ...(keyFile !== undefined && { keyFile }),
      ...(given.test && { proof: await proofOf(made, given) }),
    });
  if (name === undefined) return tell(await make());
  return withKeyFile(name, async file => {
    const made = await make();
    file.write(made.key);
    return tell(made, file.path);
  });
}

async function proofOf(made: CreatedKey, given: Showing) {
  const [{ proveKey }, places] = await Promise.all([import('./key-proof.ts'), connect(given).about()]);
  return proveKey(made, places);
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
