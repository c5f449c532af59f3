import yargs from 'yargs';
import * as z from 'zod';
import { UsageError } from '../shared/exit-codes.ts';
import { buildDirectory } from './exchange/directory.ts';
import { knobsSchema } from './knobs.ts';
import { office } from './office/office.ts';
import { optionsSchema, type Past, pastSchema, type SimulatorOptions } from './options.ts';
import { findStory, STORIES } from './stories/index.ts';
import { tell } from './stories/telling.ts';
import { tellingText } from './stories/telling-text.ts';

/** What the command line asks for: run until told to stop, perhaps with a past; or print something and end. */
export type Order =
  | { kind: 'run'; options: SimulatorOptions; past: Past | null }
  | { kind: 'print'; text: string };

/** What holds when nothing is given is said once, in the schemas. */
const DEFAULTS = optionsSchema.parse({});
const countSchema = z.int().min(1).max(100_000).default(20);

const OPTIONS = {
  seed: { type: 'number', default: DEFAULTS.seed, describe: 'same seed, same office day' },
  'calls-per-minute': {
    type: 'number',
    default: DEFAULTS.callsPerMinute,
    describe: 'how busy the office is; 0: nobody calls by itself',
  },
  extensions: { type: 'number', default: DEFAULTS.extensions, describe: 'people in the company, 10 to 5000' },
  queues: { type: 'number', default: DEFAULTS.queues },
  speed: { type: 'number', default: DEFAULTS.speed, describe: 'seconds of a story that pass in one second' },
  port: { type: 'number', default: DEFAULTS.port, describe: 'of the PBX; 0: any free one, here and below' },
  'control-port': { type: 'number', default: DEFAULTS.controlPort },
  'database-port': { type: 'number', default: DEFAULTS.databasePort },
  'client-id': { type: 'string', default: DEFAULTS.clientId },
  'client-secret': { type: 'string', describe: 'default: a new one at each start' },
  tls: {
    choices: optionsSchema.shape.tls.unwrap().options,
    default: DEFAULTS.tls,
    describe: 'selfSigned: https, with a certificate for another host name',
  },
  database: {
    choices: optionsSchema.shape.database.unwrap().options,
    default: DEFAULTS.database,
    describe: 'cdroutput, or the older cdr_output',
  },
  ini: { choices: ['current', 'callReports', 'peerOnly'], describe: 'shape of 3CXPhoneSystem.ini' },
  knob: { type: 'array', string: true, default: [], describe: 'name=value, as often as needed; see `knobs`' },
} as const;

/** Throws a UsageError with a text for the person at the terminal. */
export async function parseCommandLine(args: string[]): Promise<Order> {
  let order: Order | undefined;
  const give = (made: Order): void => {
    order = made;
  };
  await yargs(args)
    .scriptName('npm run simulator --')
    .usage(
      'A 3CX V20 on this machine, for demo, tests and benchmarks. It prints one JSON line when it is ready.',
    )
    .options(OPTIONS)
    .command('$0', 'Run until stopped', {}, given =>
      give({ kind: 'run', options: readOptions(given), past: null }),
    )
    .command(
      'history',
      'Run with a past: calls of so many days in database and reports',
      {
        days: { type: 'number', demandOption: true, describe: 'how far back' },
        'calls-per-day': {
          type: 'number',
          default: pastSchema.parse({ days: 1 }).callsPerDay,
          describe: 'on a working day',
        },
      },
      given => {
        const past = checked(pastSchema, { days: given['days'], callsPerDay: given['calls-per-day'] });
        give({ kind: 'run', options: readOptions(given), past });
      },
    )
    .command('stories [name]', 'List the stories, or tell what a client must see of one', {}, given =>
      give({ kind: 'print', text: storiesText(given['name']) }),
    )
    .command(
      'day',
      'Print the office day of a seed without playing it, one story a line',
      { count: { type: 'number', default: countSchema.parse(undefined) } },
      given =>
        give({
          kind: 'print',
          text: dayText(readOptions(given), checked(countSchema, given['count'], 'count')),
        }),
    )
    .command('knobs', 'List every knob with its default', {}, () =>
      give({ kind: 'print', text: knobsText() }),
    )
    .example('$0 --seed 7 --calls-per-minute 60', 'an office with a call a second')
    .example('$0 history --days 30', 'with a month of past calls')
    .example('$0 --knob socketZombie=true', 'a socket that answers pings and says nothing')
    .strict()
    .version(false)
    .alias({ help: 'h' })
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    })
    .parseAsync();
  return order ?? { kind: 'print', text: '' };
}

function readOptions(given: Record<string, unknown>): z.output<typeof optionsSchema> {
  const names = Object.keys(optionsSchema.shape).filter(name => given[name] !== undefined);
  const raw = Object.fromEntries(names.map(name => [name, given[name]]));
  return checked(optionsSchema, { ...raw, knobs: readKnobs(given['knob']) });
}

function checked<Schema extends z.ZodType>(schema: Schema, given: unknown, name = ''): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${name === '' ? '' : `--${name}: `}${z.prettifyError(parsed.error)}`);
}

function readKnobs(given: unknown): Record<string, unknown> {
  const texts = Array.isArray(given) ? given.map(String) : [];
  return Object.fromEntries(
    texts.map(text => {
      const [name = '', ...rest] = text.split('=');
      if (rest.length === 0) throw new UsageError(`--knob takes name=value, not "${text}"`);
      return [name, knobValue(rest.join('='))];
    }),
  );
}

/** Numbers, true, false, null and lists are written as in JSON; anything else is a word. */
function knobValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function storiesText(name: unknown): string {
  if (name === undefined) return STORIES.map(story => `${story.name.padEnd(32)} ${story.title}`).join('\n');
  const story = findStory(String(name));
  if (!story) throw new UsageError(`There is no story "${name}"; 'stories' lists them`);
  return tellingText(story, tell(story)).trimEnd();
}

function dayText(
  { extensions, queues, clientId, seed, callsPerMinute }: z.output<typeof optionsSchema>,
  count: number,
): string {
  const directory = buildDirectory({ extensions, queues, routePoint: clientId });
  const day = office({ directory, seed, callsPerMinute: () => callsPerMinute || 60 });
  return Array.from({ length: count }, () => JSON.stringify(day.next().value)).join('\n');
}

function knobsText(): string {
  return Object.entries(knobsSchema.parse({}))
    .map(([name, value]) => {
      const { description = '' } = knobsSchema.shape[name as keyof typeof knobsSchema.shape];
      return `${name.padEnd(24)} ${JSON.stringify(value).padEnd(18)} ${description}`.trimEnd();
    })
    .join('\n');
}
