import type { Command, Option } from '../command.ts';
import { COMMON_OPTIONS } from './common-options.ts';

/** What help and man page say of every command. */
export const COMMON_OPTIONS_SHOWN: Record<string, Option> = {
  ...COMMON_OPTIONS,
  help: { type: 'boolean', alias: 'h', default: false, describe: 'This text' },
};

export const COMMON_EXITS: Record<string, string> = {
  0: 'done',
  1: 'failed for another reason',
  2: 'wrong usage, or a configuration that is not valid',
  3: 'the daemon does not run, or its socket cannot be reached',
  4: 'not allowed: login, role, key or rights of the socket',
  5: 'there is no such thing',
  6: 'the phone system or its database is away, or refused',
  7: 'it took too long',
};

export function usageOf({ name, places = {}, options }: Command): string {
  const needed = Object.entries(options)
    .filter(([, { required }]) => required)
    .map(([option, { type }]) => `--${option} <${type === 'number' ? 'number' : 'text'}>`);
  const forms = Object.entries(places).map(([place, { many, optional }]) => {
    const form = many ? `${place}...` : place;
    return optional ? `[${form}]` : `<${form}>`;
  });
  return ['3cx-relay', name, ...forms, ...needed, '[options]'].join(' ');
}
