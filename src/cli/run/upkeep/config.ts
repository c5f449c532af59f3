import { existsSync } from 'node:fs';
import type { ConfigTold, ReloadTold } from '../../../shared/control-api/told.ts';
import { EXIT } from '../../../shared/exit-codes.ts';
import { clean } from '../../../shared/telling/cells.ts';
import type { GivenOf } from '../../command.ts';
import type { configCheckCommand, configReloadCommand, configShowCommand } from '../../commands/upkeep.ts';
import { connect } from '../../connect.ts';
import { type Answer, type Cell, sentenceAnswer, tableAnswer } from '../../output/answer.ts';
import { NOT_DONE } from '../../output/plan.ts';

const RESTART = 'restart due';
const RESTART_NOTE = "restart due: another value was read, and waits for 'systemctl restart 3cx-relay'.";

export async function showConfig(given: GivenOf<typeof configShowCommand>): Promise<Answer> {
  const { variables, warnings } = await connect(given).get<ConfigTold>('/admin/config');
  const rowOf = (one: ConfigTold['variables'][number]): Cell[] => [
    one.name,
    one.value,
    ...(given.origin ? [one.path === null ? one.origin : `${one.origin} ${one.path}`] : []),
    one.needsRestart ? RESTART : '',
  ];
  return tableAnswer({
    schema: 'config-show/1',
    data: { variables, warnings },
    header: ['VARIABLE', 'IN FORCE', ...(given.origin ? ['FROM'] : []), ''],
    rows: variables.map(rowOf),
    none: 'This daemon was started with a fixed configuration, of which nothing can be shown.',
    notes: [
      ...(variables.some(({ needsRestart }) => needsRestart) ? [RESTART_NOTE] : []),
      ...warnings.map(warned),
    ],
  });
}

export async function checkConfig(given: GivenOf<typeof configCheckCommand>): Promise<Answer> {
  const { readConfig } = await import('../../../daemon/config/config.ts');
  const { file } = given;
  const { path, mistakes, warnings } = readConfig({
    environment: process.env,
    ...(file !== undefined && { file }),
  });
  const hasFile = existsSync(path);
  const where = hasFile ? path : `the environment (there is no ${path})`;
  const data = { isValid: mistakes.length === 0, file: path, hasFile, mistakes, warnings };
  const count = `${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}`;
  return {
    schema: 'config-check/1',
    data,
    rows: () => mistakes.map(({ variable, value, allowed }) => [variable, value, allowed]),
    text: style =>
      mistakes.length === 0
        ? `${style.good('Right')}: ${where} has no mistakes.\n`
        : `${style.bad('Wrong')}: ${where} has ${count}.\n${mistakes.map(mistakeText).join('')}`,
    notes: warnings.map(warned),
    ...(mistakes.length > 0 && { exit: EXIT.usage }),
  };
}

export async function reloadConfig(given: GivenOf<typeof configReloadCommand>): Promise<Answer> {
  const dryRun = given['dry-run'];
  const done = await connect(given).ask<ReloadTold>('/admin/reload', { method: 'POST', body: { dryRun } });
  const { applied, needsRestart, warnings } = done;
  const wouldChange = applied.length + needsRestart.length > 0;
  return {
    ...sentenceAnswer({
      schema: 'config-reload/1',
      data: { dryRun, ...(dryRun && { wouldChange }), ...done },
      says: dryRun ? '' : 'The configuration was read again.',
      notes: warnings.map(warned),
      ...(dryRun && wouldChange && { exit: EXIT.found }),
    }),
    rows: () => [...applied.map(name => [name, 'applied']), ...needsRestart.map(name => [name, 'restart'])],
    text: () => `${reloadText(done, dryRun)}\n`,
  };
}

function reloadText({ applied, needsRestart }: ReloadTold, dryRun: boolean): string {
  const lines = [
    dryRun ? `${NOT_DONE}:` : 'The configuration was read again.',
    applied.length === 0
      ? 'Nothing that changes while it runs is other than before.'
      : `In force at once: ${applied.join(', ')}.`,
    ...(needsRestart.length === 0
      ? []
      : [`Waits for a restart ('systemctl restart 3cx-relay'): ${needsRestart.join(', ')}.`]),
  ];
  return lines.join('\n');
}

function mistakeText({
  variable,
  value,
  allowed,
}: {
  variable: string;
  value: string;
  allowed: string;
}): string {
  return `  ${clean(variable)} is ${clean(value)}\n    allowed: ${clean(allowed)}\n`;
}

function warned(text: string): string {
  return `Warning: ${clean(text)}`;
}
