import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { COMMANDS } from '../../src/cli/table.ts';
import { helpText } from '../../src/cli/words/help.ts';
import { manPages } from '../../src/cli/words/man-page.ts';
import { parse } from '../../src/cli/words/parse.ts';
import { VERSION } from '../../src/shared/version.ts';
import { type Outcome, Shell } from './kit.ts';
import { hasTerminal, Terminal } from './terminal.ts';

const WIDTH = 80;
const HEIGHT = 56;
const USAGE = 2;
const root = join(import.meta.dirname, '../..');
const launcher = join(root, 'bin/3cx-relay');
const run = promisify(execFile);
const all = COMMANDS.map(({ command }) => command);
const words = [...new Set(all.map(({ name }) => name.split(' ')[0] ?? ''))];
const ESCAPE = '\u001b';

let home: string;
let shell: Shell;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), '3cx-relay-test-'));
  shell = new Shell(home);
});
afterAll(() => rmSync(home, { recursive: true }));

function linesOf(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  expect(lines.filter(line => line.length > WIDTH)).toEqual([]);
  return lines;
}

describe('help', () => {
  it.each(all)('of $name: two examples first, then all that can be given', command => {
    const lines = linesOf(helpText(command));
    expect(lines.slice(0, lines.indexOf('')).join(' ')).toBe(`3cx-relay ${command.name}: ${command.summary}`);
    expect(lines[lines.indexOf('') + 1]).toBe('Examples:');
    expect(command.examples.length).toBeGreaterThanOrEqual(2);
    const text = lines.join('\n');
    for (const [args] of command.examples) expect(text).toContain(`\n  3cx-relay ${args}\n`);
    for (const [name, { default: usual }] of Object.entries(command.options))
      expect(text).toContain(usual === true ? `--no-${name}` : `--${name}`);
    for (const place of Object.keys(command.places ?? {})) expect(text).toContain(`\n  ${place} `);
    expect(text).toMatch(/\nExit codes:\n/);
  });

  it.each(all)('the examples of $name can be parsed', async ({ name, examples }) => {
    for (const [args] of examples) {
      // What comes before a pipe, a redirection or the next command.
      const [own = ''] = args.split(/ (?:[|<>]|&&) /);
      const typed = (own.match(/'[^']*'|\S+/g) ?? []).map(word => word.replaceAll("'", ''));
      const { runnable } = await parse(COMMANDS, typed);
      if (!args.includes('&&')) expect(runnable.command.name).toBe(name);
    }
  });

  it('without a command: the overview, on one screen, and that something is missing', async () => {
    const { code, stdout, stderr } = await shell.run([]);
    expect({ code, stderr }).toEqual({ code: USAGE, stderr: '' });
    const lines = linesOf(stdout);
    expect(lines.length).toBeLessThanOrEqual(HEIGHT);
    for (const word of words) expect(stdout).toMatch(new RegExp(`^  ${word} +\\S`, 'm'));
    expect(await shell.text('--help')).toBe(stdout);
    expect(await shell.text('help')).toBe(stdout);
  });

  it('is the same however it is asked for, and what stands around it does not matter', async () => {
    const [command] = all.filter(({ name }) => name === 'keys create');
    const text = command ? helpText(command) : '';
    for (const args of [
      ['help', 'keys', 'create'],
      ['keys', 'create', '--help'],
      ['--timeout', '5s', 'keys', 'create', '--name', 'crm', '-h'],
    ]) {
      expect(await shell.text(...args)).toBe(text);
    }
    const group = await shell.text('keys', '--help');
    for (const verb of ['create', 'list', 'revoke', 'rotate', 'usage'])
      expect(group).toContain(`keys ${verb}:`);
  });
});

describe('a slip of the finger', () => {
  it.each([
    [['statsu'], 'There is no command "statsu". Did you mean "status"?'],
    [['help', 'statsu'], 'There is no command "statsu". Did you mean "status"?'],
    [['keys', 'creat'], 'keys has no "creat". Did you mean "create"?'],
    [['help', 'keys', 'creat'], 'keys has no "creat". Did you mean "create"?'],
    [['keys'], 'what to do with them? create, list'],
    [['status', '--jsn'], 'There is no option "--jsn". Did you mean "--json"?'],
    [['status', 'now'], 'status takes options only, and was given a word.'],
    [['keys', 'create', '--name', 'crm'], '--permission must be given.'],
    [['check'], '<name> must be given.'],
    [['check', 'dsk'], '<name> is "dsk", and must be one of'],
    [['listen', '--type', 'cal'], '--type is "cal", and must be one of'],
    [['status', '--timeout'], '--timeout needs a value.'],
    [['history', '--limit', 'many'], '--limit must be a number'],
  ])('%j: named, with what was meant', async (args, message) => {
    const outcome = await shell.run([...args, '--json']);
    expect({ code: outcome.code, stdout: outcome.stdout }).toEqual({ code: USAGE, stdout: '' });
    const { error } = JSON.parse(outcome.stderr);
    expect(error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining(message) });
    expect(error.hint).toMatch(/^Run '3cx-relay (help [a-z ]+|--help)'/);
  });

  it('people read it in two lines, what to do last', async () => {
    const { code, stdout, stderr } = await shell.run(['keys', 'creat']);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    const [first, last, ...more] = stderr.trimEnd().split('\n');
    expect(first).toMatch(/^3cx-relay: keys has no "creat"\. .*\(E_USAGE\)$/);
    expect(last).toMatch(/^Run '3cx-relay /);
    expect(more).toEqual([]);
  });

  it.each(all)('$name knows every option it takes', async ({ name }) => {
    await expect(parse(COMMANDS, [...name.split(' '), '--no-such-thing'])).rejects.toMatchObject({
      code: 'E_USAGE',
    });
  });
});

describe('where it is printed', () => {
  async function shut(child: ChildProcess, stream: 'stdout' | 'stderr'): Promise<Partial<Outcome>> {
    const said: string[] = [];
    child.stderr?.setEncoding('utf8').on('data', text => said.push(text));
    child[stream]?.destroy();
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.on('close', resolve);
    return { code: await promise, stderr: said.join('') };
  }

  it('whoever closes the pipe has seen enough', async () => {
    expect(await shut(shell.start(['help', 'history']), 'stdout')).toEqual({ code: 0, stderr: '' });
    expect((await shut(shell.start(['statsu']), 'stderr')).code).toBe(USAGE);
    const { stdout } = await run('bash', ['-o', 'pipefail', '-c', `"${launcher}" help keys | head -1`]);
    expect(stdout).toMatch(/^3cx-relay keys create: /);
  });

  it('colour only where somebody looks', async () => {
    // Nothing is in the folder, which is worth a colour.
    const looks = (environment: Record<string, string>, ...more: string[]): Promise<Outcome> =>
      shell.run(['doctor', ...more], { environment: { NO_COLOR: '', ...environment } });
    expect((await looks({})).stdout).not.toContain(ESCAPE);
    expect((await looks({ FORCE_COLOR: '1' })).stdout).toContain(ESCAPE);
    expect((await looks({ FORCE_COLOR: '1' }, '--no-color')).stdout).not.toContain(ESCAPE);
    expect((await looks({ FORCE_COLOR: '1' }, '--plain')).stdout).not.toContain(ESCAPE);
  });

  it.runIf(hasTerminal)(
    'a terminal without any skill gets none either, and nothing asks after --no-input',
    async () => {
      const terminal = new Terminal(
        home,
        '--no-color doctor; TERM=dumb NO_COLOR= "$0" status --no-input'.replace('"$0"', `"${launcher}"`),
      );
      await terminal.end;
      expect(terminal.shown).toContain('E_DAEMON_AWAY');
      expect(terminal.shown).not.toContain(ESCAPE);
    },
  );
});

it('tells scripts of itself as well', async () => {
  const told = async (...args: string[]) => JSON.parse((await shell.run([...args, '--json'])).stdout);
  expect(await told('--version')).toEqual({ schema: '3cx-relay/version/1', data: { version: VERSION } });
  const { schema, data } = await told('help', 'keys', 'list');
  expect({ schema, names: data.commands.map(({ name }: Command) => name) }).toEqual({
    schema: '3cx-relay/help/1',
    names: ['keys list'],
  });
  expect((await told('help')).data.commands).toHaveLength(all.length);
});

describe('the manual', () => {
  const folder = join(root, 'dist/man/man1');

  it('says as much of an option, and of exit codes, as help does', () => {
    const pageOf = (word: string) => manPages(all).find(({ file }) => file === `3cx-relay-${word}.1`)?.text;
    expect(pageOf('keys')).toContain('What it may: read, write, metrics (needed; may be repeated)');
    expect(pageOf('audit')).toContain('(otherwise 50)');
    expect(pageOf('backup')).toContain('found something: doctor, status, or a dry run');
    // It follows monitoring plug-ins, and has no others.
    expect(pageOf('check')).not.toContain('the daemon does not run');
  });

  const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

  it('has a page for the whole and one for each word, with all its commands', async () => {
    await shell.text('--version');
    const pages = readdirSync(folder);
    expect(pages).toEqual(
      expect.arrayContaining(['3cx-relay.1', ...words.map(word => `3cx-relay-${word}.1`)]),
    );
  });

  it.runIf(has('man'))('is read without a complaint', async () => {
    for (const page of ['3cx-relay.1', '3cx-relay-keys.1', '3cx-relay-history.1']) {
      const { stdout, stderr } = await run('man', [
        '--warnings',
        '-E',
        'UTF-8',
        '-l',
        '-P',
        'cat',
        join(folder, page),
      ]);
      expect(stderr).toBe('');
      expect(stdout).toContain('EXIT STATUS');
    }
  });

  it.runIf(has('groff'))('is right roff', async () => {
    const pages = readdirSync(folder).map(page => join(folder, page));
    const { stderr } = await run('groff', ['-ww', '-man', '-Tutf8', '-z', ...pages]);
    expect(stderr).toBe('');
  });
});
