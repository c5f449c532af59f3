import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Shell } from './kit.ts';

const run = promisify(execFile);
const launcher = join(import.meta.dirname, '../../bin/3cx-relay');
const ZSH = 'autoload -U compinit; compinit -D';

let rig: RelayRig;
let shell: Shell;

beforeAll(async () => {
  rig = await RelayRig.start();
  shell = new Shell(rig.home);
  for (const name of ['bash', 'zsh', 'fish']) {
    writeFileSync(join(rig.home, name), await shell.text('completion', name));
  }
});
afterAll(() => rig.stop());

const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const environment = (): NodeJS.ProcessEnv => ({ ...process.env, RELAY_HOME: rig.home });

/** What bash offers for the last of these words. */
async function inBash(...words: string[]): Promise<string[]> {
  const line = words.map(word => `'${word}'`).join(' ');
  const script = `source "$RELAY_HOME/bash"; COMP_WORDS=(3cx-relay ${line}); COMP_CWORD=${words.length}
    _3cx_relay "${launcher}"; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script], { env: environment(), cwd: rig.home });
  return stdout.split('\n').filter(offer => offer !== '');
}

describe('in bash', () => {
  it('offers commands, verbs and options', async () => {
    expect(await inBash('')).toEqual(expect.arrayContaining(['doctor', 'keys', 'completion', 'help']));
    expect(await inBash('do')).toEqual(['doctor']);
    expect(await inBash('keys', 'r')).toEqual(['revoke', 'rotate']);
    expect(await inBash('--socket', 'x', 'keys', 'rev')).toEqual(['revoke']);
    expect(await inBash('help', 'keys', 'c')).toEqual(['create']);
    expect(await inBash('keys', 'create', '--pe')).toEqual(['--permission']);
    expect(await inBash('keys', 'create', '--no-')).toEqual(['--no-color', '--no-input']);
  });

  it('offers what an option or a place may be', async () => {
    expect(await inBash('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(await inBash('doctor', '--key-file', 'zs')).toEqual(['zsh']);
  });

  it('offers what only the daemon knows', async () => {
    const { id } = await shell.json('keys', 'create', '--name', 'crm', '--permission', 'read');
    expect(await inBash('keys', 'revoke', '')).toContain(id);
    expect(await inBash('keys', 'revoke', 'nothing-like-this')).toEqual([]);
    expect(await inBash('--socket', join(rig.home, 'control.sock'), 'keys', 'revoke', '')).toContain(id);
    // Another daemon's ids would be wrong there.
    expect(await inBash('--socket', join(rig.home, 'none.sock'), 'keys', 'revoke', '')).toEqual([]);
    expect(await inBash('--socket', '=', join(rig.home, 'none.sock'), 'keys', 'revoke', '')).toEqual([]);
  });

  it('offers nothing, at once and without a word, when the daemon is away', async () => {
    const { stdout, stderr } = await run(launcher, ['__complete', 'bash', '--', 'keys', 'revoke', ''], {
      env: { ...environment(), RELAY_HOME: join(rig.home, 'elsewhere') },
    });
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' });
  });
});

describe.skipIf(!has('zsh'))('in zsh', () => {
  it('offers what there is', async () => {
    // The last step, showing it, needs a terminal: what it is given is looked at instead.
    const script = `${ZSH}; _describe() { print -l -- $found }; source "$RELAY_HOME/zsh"
      words=("${launcher}" keys r); CURRENT=3; _3cx_relay`;
    const { stdout } = await run('zsh', ['-f', '-c', script], { env: environment(), cwd: rig.home });
    expect(stdout).toMatch(/^revoke:End a key now/m);
  });
});

describe.skipIf(!has('fish'))('in fish', () => {
  it('offers what there is', async () => {
    const link = `ln -sf "${launcher}" 3cx-relay; set -x PATH $PWD $PATH`;
    const script = `${link}; source fish; complete -C '3cx-relay keys r'`;
    const { stdout } = await run('fish', ['-N', '-c', script], { env: environment(), cwd: rig.home });
    expect(stdout).toMatch(/^revoke\tEnd a key now/m);
  });
});
