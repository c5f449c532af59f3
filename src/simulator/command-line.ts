import yargs from 'yargs';
import { z } from 'zod';
import { buildDirectory } from './exchange/directory.ts';
import { knobsSchema } from './knobs.ts';
import { office } from './office/office.ts';
import { optionsSchema, type SimulatorOptions } from './options.ts';
import { findStory, STORIES } from './stories/index.ts';
import { tell } from './stories/telling.ts';
import { tellingText } from './stories/telling-text.ts';

/** What the command line asks for: run until told to stop, perhaps with a past; or print something and end. */
export type Order =
  | { kind: 'run'; options: SimulatorOptions; past: { days: number; callsPerDay: number } | null }
  | { kind: 'print'; text: string };

const OPTIONS = {
  seed: { type: 'number', default: 1, describe: 'same seed, same office day' },
  'calls-per-minute': {
    type: 'number',
    default: 0,
    describe: 'how busy the office is; 0: nobody calls by itself',
  },
  extensions: { type: 'number', default: 20, describe: 'people in the company, 10 to 5000' },
  queues: { type: 'number', default: 3 },
  speed: { type: 'number', default: 1, describe: 'seconds of a story that pass in one second' },
  port: { type: 'number', default: 0, describe: 'of the PBX; 0: any free one, here and below' },
  'control-port': { type: 'number', default: 0 },
  'database-port': { type: 'number', default: 0 },
  'client-id': { type: 'string', default: 'relay' },
  'client-secret': { type: 'string', describe: 'default: a new one at each start' },
  database: {
    choices: ['current', 'older', 'none'],
    default: 'current',
    describe: 'cdroutput, or the older cdr_output',
  },
  ini: { choices: ['current', 'callReports', 'peerOnly'], describe: 'shape of 3CXPhoneSystem.ini' },
  knob: { type: 'array', string: true, default: [], describe: 'name=value, as often as needed; see `knobs`' },
} as const;

/** Throws a UsageError with a text for the person at the terminal. */
export class UsageError extends Error {}

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
        'calls-per-day': { type: 'number', default: 1000, describe: 'on a working day' },
      },
      given => {
        const past = { days: Number(given['days']), callsPerDay: Number(given['calls-per-day']) };
        give({ kind: 'run', options: readOptions(given), past });
      },
    )
    .command('stories [name]', 'List the stories, or tell what a client must see of one', {}, given =>
      give({ kind: 'print', text: storiesText(given['name']) }),
    )
    .command(
      'day',
      'Print the office day of a seed without playing it, one story a line',
      { count: { type: 'number', default: 20 } },
      given => give({ kind: 'print', text: dayText(readOptions(given), Number(given['count'])) }),
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
  const parsed = optionsSchema.safeParse({ ...raw, knobs: readKnobs(given['knob']) });
  if (!parsed.success) throw new UsageError(z.prettifyError(parsed.error));
  return parsed.data;
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
