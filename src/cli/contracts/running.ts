import * as z from 'zod';
import { statusContract } from './health.ts';

export const RUNNING_CONTRACTS = {
  'dashboard/1': statusContract,
  'info/1': z.object({
    version: z.string().describe('of this program'),
    node: z.string().describe('version of the Node that runs it'),
    nodePath: z.string(),
    installedIn: z.string().describe('the folder of this installation'),
    platform: z.string().describe('such as linux-x64'),
    sqlite: z.string().nullable().describe('null: it cannot be loaded'),
    daemon: z.object({
      runs: z.boolean().nullable().describe('null: that cannot be seen'),
      why: z.string().nullable().describe('why it is not seen'),
      version: z.string().nullable(),
      isOtherVersion: z.boolean().describe('than this program: restart it after an upgrade'),
      pid: z.int().nullable(),
      startedAt: z.iso.datetime().nullable(),
    }),
    paths: z.object({
      config: z.string(),
      state: z.string(),
      journal: z.string(),
      backups: z.string().describe('where they go when no other folder is named'),
      runtime: z.string(),
      socket: z.string(),
      operatorToken: z.string(),
      setupToken: z.string().describe('there while nobody is an admin yet'),
      logins: z.string().describe('where this user keeps logins'),
    }),
    log: z.string().describe("the command that shows the daemon's log"),
  }),
  'completion/1': z.object({
    shell: z.enum(['bash', 'zsh', 'fish']),
    script: z.string().describe('what the shell is to read'),
  }),
};
