import * as z from 'zod';

export const RUNNING_CONTRACTS = {
  'info/1': z.object({
    version: z.string().describe('of this program'),
    node: z.string().describe('version of the Node that runs it'),
    nodePath: z.string(),
    installedIn: z.string().describe('the folder of this installation'),
    platform: z.string().describe('such as linux-x64'),
  }),
};
