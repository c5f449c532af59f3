import type { Container } from './container.ts';

/** What is looked at, and what must be so. */
export interface Stage {
  container: Container;
  /** Where the releases are, as the container sees them. */
  release(version: string): string;
  first: string;
  before: Map<string, string>;
}

export const NODE = '/opt/3cx-relay/current/runtime/bin/node';
export const SERVICE = '3cx-relay.service';

export function demand(is: boolean, what: string): void {
  if (!is) throw new Error(`it is not so that ${what}`);
}

export async function versionThere({ container }: Stage): Promise<string> {
  const ask =
    "fetch('http://127.0.0.1:8082/relay/health').then(r => r.json()).then(b => console.log(b.version))";
  return container.must(`${NODE} -e "${ask}"`);
}

export async function keysThere({ container }: Stage): Promise<string> {
  const list = await container.must('3cx-relay keys list --json');
  return (JSON.parse(list).data.keys as { name: string }[])
    .map(({ name }) => name)
    .toSorted()
    .join(',');
}

export async function upgradeByFile(stage: Stage): Promise<void> {
  const said = await stage.container.must(`3cx-relay upgrade ${stage.release('9.0.1')}.tar.zst --yes`);
  demand(!said.includes('SHA256SUMS'), 'it was held against its sums');
  demand((await versionThere(stage)) === '9.0.1', 'the new version answers');
}

export async function pid({ container }: Stage): Promise<string> {
  return container.must(`systemctl show -p MainPID --value ${SERVICE}`);
}

export async function fails({ container }: Stage, line: string): Promise<string> {
  const { code, output } = await container.run(line);
  demand(code !== 0, `'${line}' fails`);
  return output.trimEnd().split('\n').at(-1) ?? '';
}

export function compare(before: Map<string, string>, after: Map<string, string>): void {
  const added = [...after.keys()].filter(path => !before.has(path));
  const gone = [...before.keys()].filter(path => !after.has(path));
  const changed = [...after].filter(([path, one]) => before.has(path) && before.get(path) !== one);
  const told = [
    ...added.map(path => `+ ${path}`),
    ...gone.map(path => `- ${path}`),
    ...changed.map(([path]) => `~ ${path}`),
  ];
  if (told.length > 0) throw new Error(`the file system is not as it was:\n${told.join('\n')}`);
}

/** The daemon goes on writing there. */
export function withoutState(picture: Map<string, string>): Map<string, string> {
  return new Map([...picture].filter(([path]) => !path.startsWith('/var/lib/3cx-relay/')));
}
