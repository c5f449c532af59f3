import { createInterface } from 'node:readline/promises';
import type { Argv, CommandModule } from 'yargs';
import type { KeyOrder } from '../../daemon/guards/keys/key-order.ts';
import { DURATION_FORM, parseDurationMs } from '../../shared/duration.ts';
import { AppError } from '../../shared/errors.ts';
import { whoAmI, withKeys } from '../key-store.ts';
import { forScripts, KEY_COLUMNS, plannedKey, rowOf, showCreated, showPlan } from '../key-view.ts';
import { printJson, printTable, reporting } from '../output.ts';

interface CreateOptions {
  name: string;
  permission: string[];
  extension?: string[] | undefined;
  queue?: string[] | undefined;
  network?: string[] | undefined;
  'expires-in'?: string | undefined;
  rate?: number | undefined;
  'dry-run': boolean;
  json: boolean;
}

const NOT_DONE = 'Nothing was changed. Without --dry-run';

export const keysCommand: CommandModule = {
  command: 'keys',
  describe: 'Create, list, revoke and rotate the API keys of programs',
  builder: args =>
    args
      .command(createCommand)
      .command(listCommand)
      .command(revokeCommand)
      .command(rotateCommand)
      .example(
        '$0 keys create --name wallboard --permission read --queue 900',
        'may read what touches queue 900',
      )
      .example(
        '$0 keys create --name crm --permission read --permission write --expires-in 90d --json',
        'for a script',
      )
      .demandCommand(1, 'keys: what to do with them? create, list, revoke or rotate'),
  // A verb is demanded above.
  handler: () => {},
};

const createCommand: CommandModule<object, CreateOptions> = {
  command: 'create',
  describe: 'Make a key; it is shown once',
  builder: args =>
    withDryRun(withJson(args))
      .option('name', { type: 'string', demandOption: true, describe: 'Which program it is for' })
      .option('permission', { ...list, demandOption: true, describe: 'read, write or metrics' })
      .option('extension', { ...list, describe: 'Only what touches this extension' })
      .option('queue', { ...list, describe: 'Only what touches this queue' })
      .option('network', { ...list, describe: 'Only from this network, such as 10.0.0.0/8' })
      .option('expires-in', { type: 'string', describe: 'End after a time such as 90d; never without' })
      .option('rate', { type: 'number', describe: 'Requests a minute, when not KEY_RATE_PER_MINUTE' }),
  handler: options =>
    reporting(options.json, () =>
      withKeys({ mayBegin: true, isDryRun: options['dry-run'] }, async keys => {
        const created = await keys.create(orderFrom(options), whoAmI());
        if (!options['dry-run']) return showCreated('keys-create/1', created, options.json);
        const says = `${NOT_DONE} this key would be made:`;
        showPlan('keys-create/1', { says, ...plannedKey(created.record) }, options.json);
      }),
    ),
};

const listCommand: CommandModule<object, { json: boolean }> = {
  command: 'list',
  describe: 'Show all keys',
  builder: args => withJson(args),
  handler: ({ json }) =>
    reporting(json, () =>
      withKeys({ mayBegin: false }, keys => {
        const all = keys.list();
        if (json) printJson('keys-list/1', { keys: all.map(forScripts) });
        else printTable(KEY_COLUMNS, all.map(rowOf));
      }),
    ),
};

const revokeCommand: CommandModule<object, { id: string; yes: boolean; 'dry-run': boolean; json: boolean }> =
  {
    command: 'revoke <id>',
    describe: 'End a key now; its connections are closed within a second',
    builder: args =>
      withDryRun(withJson(withId(args))).option('yes', {
        alias: 'y',
        type: 'boolean',
        default: false,
        describe: 'Do not ask',
      }),
    handler: ({ id, yes, 'dry-run': isDryRun, json }) =>
      reporting(json, () =>
        withKeys({ mayBegin: false, isDryRun }, async keys => {
          const before = keys.list().find(key => key.id === id);
          if (before && !yes && !isDryRun) await confirm(`Revoke the key ${id} ("${before.name}")?`);
          const record = keys.revoke(id);
          if (isDryRun) {
            const wouldChange = before?.revokedAt === null;
            const says = wouldChange
              ? `${NOT_DONE} the key ${id} ("${record.name}") would be revoked.`
              : `The key ${id} ("${record.name}") is revoked already: nothing would change.`;
            showPlan('keys-revoke/1', { says, wouldChange, data: forScripts(record) }, json);
          } else if (json) printJson('keys-revoke/1', forScripts(record));
          else process.stdout.write(`The key ${id} ("${record.name}") is revoked.\n`);
        }),
      ),
  };

const rotateCommand: CommandModule<
  object,
  { id: string; overlap: string; 'dry-run': boolean; json: boolean }
> = {
  command: 'rotate <id>',
  describe: 'Make a new key with the same rights; the old one ends after the overlap',
  builder: args =>
    withDryRun(withJson(withId(args))).option('overlap', {
      type: 'string',
      default: '24h',
      describe: 'How long the old key lives on',
    }),
  handler: ({ id, overlap, 'dry-run': isDryRun, json }) =>
    reporting(json, () =>
      withKeys({ mayBegin: false, isDryRun }, async keys => {
        const overlapMs = durationFrom('overlap', overlap);
        const rotated = await keys.rotate(id, { createdBy: whoAmI(), overlapMs });
        if (!isDryRun) return showCreated('keys-rotate/1', rotated, json);
        const old = keys.list().find(key => key.id === id);
        const oldKeyEndsAt = new Date(old?.revokedAt ?? old?.expiresAt ?? Date.now()).toISOString();
        const says = `${NOT_DONE} the key ${id} would end at ${oldKeyEndsAt}, and this key would be made:`;
        const { data, ...plan } = plannedKey(rotated.record);
        showPlan('keys-rotate/1', { says, ...plan, data: { ...data, oldKeyEndsAt } }, json);
      }),
    ),
};

// One value each, so that a positional argument after it is not swallowed.
const list = { type: 'string', array: true, nargs: 1 } as const;

function withJson<Options>(args: Argv<Options>): Argv<Options & { json: boolean }> {
  return args.option('json', { type: 'boolean', default: false, describe: 'One JSON document for scripts' });
}

function withDryRun<Options>(args: Argv<Options>): Argv<Options & { 'dry-run': boolean }> {
  return args.option('dry-run', {
    type: 'boolean',
    default: false,
    describe: 'Say what would be done and change nothing; exit code 8 when something would change',
  });
}

function withId<Options>(args: Argv<Options>): Argv<Options & { id: string }> {
  return args.positional('id', { type: 'string', demandOption: true, describe: 'As in keys list' });
}

function orderFrom(options: CreateOptions): KeyOrder {
  const { name, permission, extension, queue, network, rate } = options;
  const term = options['expires-in'];
  return {
    name,
    permissions: permission,
    extensions: extension ?? null,
    queues: queue ?? null,
    networks: network ?? null,
    ratePerMinute: rate ?? null,
    expiresAt: term === undefined ? null : Date.now() + durationFrom('expires-in', term),
  };
}

function durationFrom(option: string, text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== null) return ms;
  throw new AppError('E_BAD_REQUEST', { detail: `--${option} is "${text}", and must be ${DURATION_FORM}.` });
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new AppError('E_BAD_REQUEST', { detail: `${question} Nobody can be asked here: add --yes.` });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} Type yes: `).finally(() => terminal.close());
  if (answer.trim() !== 'yes') throw new AppError('E_CONFLICT', { detail: 'Nothing was changed.' });
}
