import { createInterface } from 'node:readline/promises';
import type { Argv, CommandModule } from 'yargs';
import type { KeyOrder } from '../../daemon/guards/keys/key-order.ts';
import { DURATION_FORM, parseDurationMs } from '../../shared/duration.ts';
import { AppError } from '../../shared/errors.ts';
import { whoAmI, withKeys } from '../key-store.ts';
import { forScripts, KEY_COLUMNS, rowOf, showCreated } from '../key-view.ts';
import { printJson, printTable, reporting } from '../output.ts';

interface CreateOptions {
  name: string;
  permission: string[];
  extension?: string[] | undefined;
  queue?: string[] | undefined;
  network?: string[] | undefined;
  'expires-in'?: string | undefined;
  rate?: number | undefined;
  json: boolean;
}

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
    withJson(args)
      .option('name', { type: 'string', demandOption: true, describe: 'Which program it is for' })
      .option('permission', { ...list, demandOption: true, describe: 'read, write or metrics' })
      .option('extension', { ...list, describe: 'Only what touches this extension' })
      .option('queue', { ...list, describe: 'Only what touches this queue' })
      .option('network', { ...list, describe: 'Only from this network, such as 10.0.0.0/8' })
      .option('expires-in', { type: 'string', describe: 'End after a time such as 90d; never without' })
      .option('rate', { type: 'number', describe: 'Requests a minute, when not KEY_RATE_PER_MINUTE' }),
  handler: options =>
    reporting(options.json, () =>
      withKeys({ mayBegin: true }, async keys => {
        showCreated('keys-create/1', await keys.create(orderFrom(options), whoAmI()), options.json);
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

const revokeCommand: CommandModule<object, { id: string; yes: boolean; json: boolean }> = {
  command: 'revoke <id>',
  describe: 'End a key now; its connections are closed within a second',
  builder: args =>
    withJson(withId(args)).option('yes', {
      alias: 'y',
      type: 'boolean',
      default: false,
      describe: 'Do not ask',
    }),
  handler: ({ id, yes, json }) =>
    reporting(json, () =>
      withKeys({ mayBegin: false }, async keys => {
        const name = keys.list().find(key => key.id === id)?.name;
        if (name !== undefined && !yes) await confirm(`Revoke the key ${id} ("${name}")?`);
        const record = keys.revoke(id);
        if (json) printJson('keys-revoke/1', forScripts(record));
        else process.stdout.write(`The key ${id} ("${record.name}") is revoked.\n`);
      }),
    ),
};

const rotateCommand: CommandModule<object, { id: string; overlap: string; json: boolean }> = {
  command: 'rotate <id>',
  describe: 'Make a new key with the same rights; the old one ends after the overlap',
  builder: args =>
    withJson(withId(args)).option('overlap', {
      type: 'string',
      default: '24h',
      describe: 'How long the old key lives on',
    }),
  handler: ({ id, overlap, json }) =>
    reporting(json, () =>
      withKeys({ mayBegin: false }, async keys => {
        const overlapMs = durationFrom('overlap', overlap);
        showCreated('keys-rotate/1', await keys.rotate(id, { createdBy: whoAmI(), overlapMs }), json);
      }),
    ),
};

// One value each, so that a positional argument after it is not swallowed.
const list = { type: 'string', array: true, nargs: 1 } as const;

function withJson<Options>(args: Argv<Options>): Argv<Options & { json: boolean }> {
  return args.option('json', { type: 'boolean', default: false, describe: 'One JSON document for scripts' });
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
