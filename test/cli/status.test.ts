import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { styleFor } from '../../src/cli/output/style.ts';
import { type Status, statusText } from '../../src/cli/run/health/status-view.ts';
import { CONDITIONS, type ConditionCode, conditionOf } from '../../src/shared/conditions/condition-table.ts';
import { Operating } from '../control/kit.ts';
import { QUICK_SOURCE } from '../faults/fault-kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { documentOf, Shell } from './kit.ts';
import { hasTerminal } from './terminal.ts';

const launcher = join(import.meta.dirname, '../../bin/3cx-relay');

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start({}, {}, { sourceLimits: QUICK_SOURCE });
  shell = new Shell(rig.home);
});
beforeEach(() => rig.seesCalls());
afterEach(() => void rig.simulator.pbx.knobs.reset());
afterAll(() => rig.stop());

async function cutCallControl(): Promise<void> {
  rig.simulator.pbx.knobs.turn({ socketStatus: 503 });
  await rig.simulator.breakIt('cutSockets');
}

/** Somebody who stays and watches; whoever ends it waits for its end. */
class Watching {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #end = Promise.withResolvers<number | null>();

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text;
    });
    child.on('close', code => this.#end.resolve(code));
  }

  // biome-ignore lint/suspicious/noExplicitAny: documents of two shapes
  get documents(): { schema: string; data: any }[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.map(line => documentOf({ code: 0, stdout: `${line}\n`, stderr: '' }));
  }

  stop(signal: 'SIGINT' | 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.#end.promise;
  }

  get end(): Promise<number | null> {
    return this.#end.promise;
  }
}

it('tells how everything is on one screen of 80x24, and by the exit code', async () => {
  rig.act({ do: 'dial', call: 'colleague', by: '102', to: '101' });
  rig.daemon.health.errors.note({ code: 'E_WATCH', place: 'here', detail: `seen ${'long '.repeat(40)}` });
  await expect.poll(async () => (await rig.get('/relay/active-calls')).body.calls.length).toBe(1);
  const [text, plain, json] = await Promise.all([
    shell.run(['status']),
    shell.run(['status', '--plain']),
    shell.run(['status', '--json']),
  ]);
  const { data } = documentOf(json);
  expect(data).toMatchObject({
    status: 'healthy',
    openCalls: 1,
    diskFreeBytes: expect.toSatisfy(bytes => bytes > 0),
    journal: { isDurable: true },
    lastError: { code: 'E_WATCH', place: 'here' },
  });
  for (const { code } of [text, plain, json]) expect(code).toBe(0);

  const lines = text.stdout.trimEnd().split('\n');
  expect(lines.filter(line => line.length > 80)).toEqual([]);
  expect(lines.length).toBeLessThan(24);
  expect(text.stdout).not.toContain('\u001b');
  expect(lines[0]).toContain('HEALTHY');
  expect(text.stdout).toMatch(/^callcontrol +up +\d+ \w+.+ Bearer$/m);
  expect(text.stdout).toMatch(/^warning +NO_ADMIN, for .+\n.+\n {2}do {2}.+users add/m);
  expect(text.stdout).toMatch(/^Calls open +1$/m);
  expect(text.stdout).toMatch(/^Last error .+ E_WATCH, once: seen long/m);

  const rows = plain.stdout.trimEnd().split('\n');
  const cells = rows.map(row => row.split('\t'));
  expect(new Set(cells.map(({ length }) => length))).toEqual(new Set([5]));
  expect(cells[0]?.slice(0, 3)).toEqual(['status', 'relay', data.status]);
  expect(cells.find(([, name]) => name === 'openCalls')?.[2]).toBe('1');
  rig.act({ do: 'hangUp', call: 'colleague', by: 'caller' });
});

it('has room for all that can be wrong: each by name as far as there is, the worst with its fix', async () => {
  const codes = Object.keys(CONDITIONS) as ConditionCode[];
  const conditions = codes.map(code => ({ ...conditionOf(code), code, detail: '', since: 0 }));
  const connection = { rung: null, latencyMs: null, nextAttemptAt: 5000, signs: null, canReconnect: true };
  const components = ['database', 'xapi', 'callcontrol', 'agents'] as const;
  const status: Status = {
    about: { pid: 1, version: '0.1.0', api: 1, startedAt: 0, relayUrl: '', publicUrl: null },
    stats: (await new Operating(rig).get('/admin/stats')).body,
    connections: components.map(component => ({
      ...{ ...connection, component, state: 'down', since: 0, latenciesMs: [] },
      reason: `of ${component} \u001b[31m ${'long '.repeat(30)}`,
    })),
    conditions,
    lastError: null,
  };
  const lines = statusText(status, { style: styleFor({ color: false }), height: 23 })
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeLessThanOrEqual(23);
  expect(lines.filter(line => line.length > 80 || line.includes('\u001b'))).toEqual([]);
  expect(lines.join('\n')).toMatch(
    /^Wrong now: \d+\n(critical .+\n)(.+\n)+All with their fix: '3cx-relay conditions'$/m,
  );
});

it('calls a relay degraded that lacks its live events, and says why', async () => {
  await cutCallControl();
  await expect
    .poll(async () => (await rig.get('/relay/health')).body.components.callcontrol.state)
    .not.toBe('up');
  const { code, stdout } = await shell.run(['status', '--json']);
  const { data } = documentOf({ code, stdout, stderr: '' });
  expect({ code, status: data.status }).toEqual({ code: 8, status: 'degraded' });
  const [callcontrol] = data.connections.filter(
    ({ component }: { component: string }) => component === 'callcontrol',
  );
  expect(callcontrol).toMatchObject({ reason: expect.stringMatching(/503|closed|lost|cut/i) });
});

it('--watch tells each change, survives a restart of the daemon, and ends at SIGTERM', async () => {
  const watching = new Watching(shell.start(['status', '--watch', '--json']));
  const blocks = new Watching(shell.start(['status', '--watch']));
  await expect.poll(() => watching.documents.length).toBeGreaterThan(0);
  await expect.poll(() => blocks.stdout).toMatch(/^--- 20.+\n3cx-relay /);
  rig.daemon.health.conditions.raise('EPOCH_CHANGED', 'to be seen');
  const codes = (): string[] =>
    watching.documents.at(-1)?.data.conditions.map(({ code }: { code: string }) => code) ?? [];
  await expect.poll(codes).toContain('EPOCH_CHANGED');
  await expect.poll(() => blocks.stdout).toContain('EPOCH_CHANGED');
  const told = watching.documents.map(({ data: { status, connections, conditions, lastError } }) =>
    JSON.stringify([
      ...[status, conditions, lastError?.id],
      connections.map(({ state, rung, reason }: Record<string, unknown>) => [state, rung, reason]),
    ]),
  );
  expect(
    told.filter((one, index) => one === told[index + 1]),
    'figures alone are no change',
  ).toEqual([]);

  await rig.daemon.stop();
  const away = () => watching.documents.filter(({ schema }) => schema === '3cx-relay/status-away/1');
  await expect.poll(() => away().length).toBeGreaterThan(0);
  await expect.poll(() => blocks.stderr).toMatch(/The daemon is away, trying again in \d+ s/);
  await rig.startDaemon();
  const isBack = (): boolean => {
    const { schema, data } = watching.documents.at(-1) ?? {};
    return schema === '3cx-relay/status/1' && data.daemon.uptimeSeconds < 60 && away().length > 0;
  };
  await expect.poll(isBack, { timeout: 20_000 }).toBe(true);
  expect(await watching.stop('SIGTERM')).toBe(143);
  expect(await blocks.stop('SIGINT')).toBe(130);
});

it.skipIf(!hasTerminal)('--watch on a terminal draws in place, and Ctrl-C gives it back', async () => {
  const command = `stty rows 24 cols 80; exec ${launcher} status --watch`;
  const watching = new Watching(
    spawn('script', ['-qfec', command, '/dev/null'], {
      env: { ...process.env, RELAY_HOME: rig.home, TERM: 'xterm', SHELL: '/bin/sh' },
    }),
  );
  const began = performance.now();
  const draws = (): string[] => watching.stdout.split('\u001b[H').slice(1);
  await expect.poll(() => draws().length).toBeGreaterThan(2);
  for (let index = 0; index < 8; index++) {
    rig.daemon.health.conditions.raise('SLOW_CLIENTS', `for the ${index}th time`);
    rig.daemon.health.conditions.raise('EPOCH_CHANGED', `for the ${index}th time`);
  }
  await expect.poll(() => draws().at(-1)).toContain('SLOW_CLIENTS');
  expect(draws().length).toBeLessThanOrEqual((2 * (performance.now() - began)) / 1000 + 1);
  for (const draw of draws()) expect(draw.split('\n').length).toBeLessThanOrEqual(24);
  expect(watching.stdout.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
  watching.child.stdin?.write('\u0003');
  expect(await watching.end).toBe(130);
  expect(watching.stdout.trimEnd().endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
});

it('ends with 3 and says how to start it when no daemon runs', async () => {
  const nowhere = ['--socket', join(rig.home, 'nowhere.sock')];
  const [once, watched] = await Promise.all([
    shell.run(['status', ...nowhere]),
    shell.run(['status', '--watch', '--json', ...nowhere]),
  ]);
  expect({ code: once.code, stdout: once.stdout }).toEqual({ code: 3, stdout: '' });
  expect(once.stderr).toContain('systemctl start 3cx-relay');
  expect(watched.code).toBe(3);
  expect(JSON.parse(watched.stderr).error.code).toBe('E_DAEMON_AWAY');
});
