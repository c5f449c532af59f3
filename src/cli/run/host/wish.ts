import type { Host } from '../../../host/machine/host.ts';
import type { Wish } from '../../../host/piece.ts';
import { missingIn } from '../../../host/wanted-config.ts';
import { CliError } from '../../../shared/control/cli-error.ts';
import type { GivenOf } from '../../command.ts';
import type { installCommand } from '../../commands/host.ts';
import { ask, askHidden, canAsk } from '../../output/ask.ts';
import { givenLines } from '../access/secret-input.ts';

type Given = GivenOf<typeof installCommand>;

interface Question {
  flag: string;
  asks: string;
  isSecret?: true;
}

/** What the daemon cannot start without. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  FQDN: { flag: '--fqdn', asks: 'Host name of the phone system (pbx.example.com): ' },
  CLIENT_ID: { flag: '--client-id', asks: 'Client ID of its API integration (3CX: Integrations > API): ' },
  CLIENT_SECRET: { flag: '--client-secret-file', asks: 'Its API key (not shown): ', isSecret: true },
};
/** A text of many lines cannot stand in such a file. */
const VALUE_FORM = /^([A-Z][A-Z0-9_]*)=([^\n'"]*)$/;

/** What was said about the configuration, by flags and then by answers. */
export async function wishOf(given: Given, host: Host): Promise<Wish> {
  const wish = await fromFlags(given);
  const missing = given.repair ? [] : missingIn(host, wish);
  if (missing.length === 0) return wish;
  if (!canAsk(given)) throw notGiven(missing);
  const variables = { ...wish.variables };
  let { clientSecret } = wish;
  for (const name of missing) {
    const { asks, isSecret = false } = QUESTIONS[name] ?? { asks: `${name}: ` };
    const answer = (await (isSecret ? askHidden(asks) : ask(asks))).trim();
    if (answer === '') throw notGiven([name]);
    if (isSecret) clientSecret = answer;
    else variables[name] = demandValue(name, answer);
  }
  return { ...wish, variables, clientSecret };
}

async function fromFlags(given: Given): Promise<Wish> {
  const file = given['client-secret-file'];
  const [clientSecret = null] =
    file === undefined
      ? []
      : ((await givenLines({ input: given.input, 'password-stdin': false, 'password-file': file }, 1)) ?? []);
  const flags = {
    FQDN: given.fqdn,
    PBX_URL: given['pbx-url'],
    CLIENT_ID: given['client-id'],
    PORT: given.port?.toString(),
  };
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(flags))
    if (value !== undefined) variables[name] = demandValue(name, value);
  for (const one of given.set ?? []) {
    const [, name, value] = VALUE_FORM.exec(one) ?? [];
    if (name === undefined || value === undefined)
      throw new CliError('E_USAGE', '--set is not NAME=VALUE on one line.', 'Such as --set LOG_LEVEL=debug.');
    variables[name] = value;
  }
  return { variables, clientSecret, isStarted: given.start };
}

function demandValue(name: string, value: string): string {
  if (VALUE_FORM.test(`${name}=${value}`)) return value;
  throw new CliError('E_USAGE', `${name} has a quote or a line break in it.`, 'Write it without.');
}

function notGiven(missing: readonly string[]): CliError {
  const flags = missing.map(name => QUESTIONS[name]?.flag ?? `--set ${name}=…`);
  return new CliError(
    'E_USAGE',
    `Not known: ${missing.join(', ')}.`,
    `Nobody can be asked here, so give ${flags.join(', ')}; or write it into relay.env before.`,
  );
}
