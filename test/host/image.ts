import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Shell } from '../cli/kit.ts';
import { writeRelease } from './machine.ts';

/** A folder in place of a machine, on which two versions are installed, and a third that could come. */
export interface Image {
  root: string;
  next: string;
}

export async function makeImage(folder: string): Promise<Image> {
  const root = join(folder, 'image');
  mkdirSync(root);
  writeFileSync(join(folder, 'client-secret'), 's3cret\n', { mode: 0o600 });
  const release = (version: string): string => join(folder, `3cx-relay-${version}-linux-x64`);
  for (const version of ['0.8.0', '0.9.0', '1.0.0']) writeRelease(release(version), version);
  const shell = new Shell(folder);
  const flags = ['--fqdn', 'pbx.example.com', '--client-id', 'relay'];
  const secret = ['--client-secret-file', join(folder, 'client-secret')];
  await shell.text('install', '--from', release('0.8.0'), ...flags, ...secret, '--root', root, '--yes');
  await shell.text('upgrade', release('0.9.0'), '--root', root, '--yes');
  return { root, next: release('1.0.0') };
}
