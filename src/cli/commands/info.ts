import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { VERSION } from '../../shared/version.ts';

interface InfoOptions {
  json: boolean;
}

export const infoCommand: CommandModule<object, InfoOptions> = {
  command: 'info',
  describe: 'Show which version runs, from where and on which Node',
  builder: args =>
    args.option('json', { type: 'boolean', default: false, describe: 'One JSON document for scripts' }),
  handler: ({ json }) => {
    const info = {
      version: VERSION,
      node: process.versions.node,
      nodePath: process.execPath,
      installedIn: join(process.argv[1] ?? '', '../../..'),
      platform: `${process.platform}-${process.arch}`,
    };
    const text = json
      ? JSON.stringify({ schema: '3cx-relay/info/1', data: info })
      : Object.entries(info)
          .map(([name, value]) => `${name.padEnd(12)} ${value}`)
          .join('\n');
    process.stdout.write(`${text}\n`);
  },
};
