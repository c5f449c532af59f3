import { join } from 'node:path';
import { VERSION } from '../../../shared/version.ts';
import { type Answer, fieldsAnswer } from '../../output/answer.ts';

export async function info(): Promise<Answer> {
  const data = {
    version: VERSION,
    node: process.versions.node,
    nodePath: process.execPath,
    installedIn: join(process.argv[1] ?? '', '../../..'),
    platform: `${process.platform}-${process.arch}`,
  };
  return fieldsAnswer({ schema: 'info/1', data, fields: data });
}
