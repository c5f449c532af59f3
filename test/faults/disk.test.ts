import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { hearsCalls, opened, PATIENCE } from './fault-kit.ts';

/**
 * A disk that is really full: a small file system of its own, which an ordinary user may mount in a namespace of
 * his own, and a limit on what the process may write. A shell stands between, because only it sees that mount.
 */
const CLI = join(import.meta.dirname, '../../src/cli/main.ts');
const SHELL = `
home=$1 way=$2 node=$3 cli=$4
mkdir -p "$home"
[ "$way" = mount ] && mount -t tmpfs -o size=6m,mode=700 tmpfs "$home"
start() { "$node" "$cli" daemon & pid=$!; }
fill() {
  [ "$way" = limit ] && prlimit --pid "$pid" --fsize=1:unlimited && return
  dd if=/dev/zero of="$home/ballast" bs=64k; dd if=/dev/zero of="$home/rest" bs=512
}
free() {
  [ "$way" = limit ] && prlimit --pid "$pid" --fsize=unlimited && return
  rm "$home/ballast" "$home/rest"
}
"$node" "$cli" keys create --name disk --permission read --permission metrics --json
start
while read -r word; do
  case $word in
    fill) fill 2>/dev/null ;;
    free) free ;;
    kill) kill -9 "$pid"; wait "$pid" ;;
    start) start ;;
    await) wait "$pid"; echo "ended with $?" ;;
  esac
  echo "done: $word"
done
kill -9 "$pid"
`;
const MOUNTING = ['unshare', '--map-root-user', '--mount'];

function canDo(command: string[]): boolean {
  const [program = '', ...args] = command;
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** The first that this machine lets us do. */
const way = [
  { name: 'mount', test: [...MOUNTING, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], says: 'disk is full' },
  { name: 'limit', test: ['prlimit', '--fsize=1000:unlimited', 'true'], says: 'disk I/O error' },
].find(({ test }) => canDo(test));

describe.skipIf(way === undefined)('a disk that takes nothing more', () => {
  const { name = '', says = '' } = way ?? {};
  let rig: RelayRig;
  let shell: ChildProcess;
  let output = '';

  beforeEach(async () => {
    rig = await RelayRig.start();
    await rig.daemon.stop();
    const port = await freePort();
    const env = { ...process.env, ...rig.environment, RELAY_HOME: `${rig.home}/disk`, PORT: String(port) };
    const command = ['sh', '-c', SHELL, 'sh', env.RELAY_HOME, name, process.execPath, CLI];
    const [program = '', ...args] = name === 'mount' ? [...MOUNTING, ...command] : command;
    output = '';
    shell = spawn(program, args, { env, stdio: 'pipe' });
    for (const stream of [shell.stdout, shell.stderr]) stream?.on('data', chunk => (output += chunk));
    await expectOutput(/"msg":"ready"/);
    rig.daemon = { ...rig.daemon, relayUrl: `http://127.0.0.1:${port}`, stop: async () => {} };
    rig.key = /rk_\w+/.exec(output)?.[0] ?? '';
    await rig.seesCalls();
  });
  afterEach(async () => {
    shell.stdin?.end();
    if (shell.exitCode === null) await once(shell, 'exit');
    await rig.stop();
  });

  async function expectOutput(what: RegExp): Promise<void> {
    await expect.poll(() => output, PATIENCE).toMatch(what);
  }

  async function tell(word: string, answer = new RegExp(`done: ${word}`)): Promise<void> {
    output = '';
    shell.stdin?.write(`${word}\n`);
    await expectOutput(answer);
  }

  const durable = async () =>
    /^relay_journal_durable (\d)/m.exec((await rig.get('/relay/metrics')).body)?.[1];

  async function fillUp(socket: RelaySocket): Promise<void> {
    await tell('fill');
    await expect
      .poll(async () => {
        await hearsCalls(rig, socket);
        return durable();
      }, PATIENCE)
      .toBe('0');
  }

  function expectSame(late: RelaySocket, all: RelaySocket): void {
    const known = all.entries.filter(one => one.seq >= late.entries[0].seq);
    expect(late.entries.slice(0, known.length)).toEqual(known.slice(0, late.entries.length));
  }

  it('costs no event; what memory alone holds is told, and kept as soon as there is room', async () => {
    const socket = await opened(rig.connect('?after=0'));
    await hearsCalls(rig, socket);
    const { epoch, durable: wasDurable } = socket.messages[0];
    expect(wasDurable).toBe(true);
    const { seq } = socket.entries.at(-1);
    await fillUp(socket);
    expect(output).toContain('the journal cannot be written');
    expect(output).toContain(says);

    const late = await opened(rig.connect(`?after=${seq}&epoch=${epoch}`));
    expect(late.messages[0]).toMatchObject({ durable: false, epoch });
    await hearsCalls(rig, socket);
    await expect.poll(() => late.entries.at(-1)?.seq, PATIENCE).toBe(socket.entries.at(-1).seq);
    expect(late.entries[0].seq).toBe(seq + 1);
    expectSame(late, socket);
    expect((await rig.get(`/relay/events?after=${seq}&limit=500`)).body.entries.length).toBe(
      late.entries.length,
    );
    expect((await rig.get('/relay/health')).body.status).toBe('degraded');

    await tell('free');
    await expect.poll(durable, PATIENCE).toBe('1');
    await hearsCalls(rig, socket);
    const all = socket.entries;
    expect(all.map(one => one.seq)).toEqual(all.map((_, index) => index + 1));
    await tell('kill');
    await tell('start', /"msg":"ready"/);
    const again = await opened(rig.connect(`?after=${seq}&epoch=${epoch}`));
    await expect.poll(() => again.entries.length, PATIENCE).toBeGreaterThanOrEqual(all.length - seq);
    expectSame(again, socket);
    expect(again.of('gap').filter(gap => gap.scope === 'client')).toEqual([]);
    for (const one of [late, again]) one.close();
  });

  it('and a kill before there is room: the new epoch says that something is gone', async () => {
    const socket = await opened(rig.connect('?after=0'));
    await fillUp(socket);
    const { seq } = socket.entries.at(-1);
    const { epoch } = socket.messages[0];
    await tell('kill');
    if (name === 'mount') {
      await tell('start');
      await tell('await');
      expect(output).toContain('ended with 1');
      expect(output).toMatch(/no space left.*Free some/i);
    }
    await tell('free').catch(() => {});
    await tell('start', /"msg":"ready"/);
    const again = await opened(rig.connect(`?after=${seq}&epoch=${epoch}`));
    await expect.poll(() => again.of('gap')[0], PATIENCE).toMatchObject({ scope: 'client', reason: 'epoch' });
    expect(again.messages[0]).toMatchObject({ durable: true });
    expect(again.messages[0].epoch).not.toBe(epoch);
    await rig.seesCalls();
    await hearsCalls(rig, again);
    again.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
