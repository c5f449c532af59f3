import * as z from 'zod';

const count = z.int().min(0);
const part = z.enum(['state', 'journal']);
const manifest = z.object({
  format: z.literal(1),
  program: z.string().describe('version of the 3cx-relay that made it'),
  createdAt: z.iso.datetime(),
  files: z.array(
    z.object({
      part,
      name: z.string(),
      version: z.int().describe("the file's own version"),
      bytes: count,
      sha256: z.string(),
    }),
  ),
});

export const UPKEEP_CONTRACTS = {
  'logs/1': z
    .object({
      id: z.int().describe('rises from line to line, over restarts too'),
      time: z.string().describe('RFC 3339'),
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
      part: z.string().describe('of the daemon'),
      message: z.string(),
      fields: z.record(z.string(), z.unknown()),
    })
    .describe('the newest last'),
  'config-show/1': z.object({
    variables: z.array(
      z.object({
        name: z.string(),
        value: z.string().nullable().describe('in force; secrets are ***; null: not set and no default'),
        origin: z.enum(['environment', 'file', 'default']),
        path: z.string().nullable().describe('the file it was read from'),
        needsRestart: z.boolean().describe('another value was read, which a restart brings into force'),
      }),
    ),
    warnings: z.array(z.string()).describe('allowed and still unwise'),
  }),
  'config-check/1': z.object({
    isValid: z.boolean(),
    file: z.string().describe('the one that was looked at'),
    hasFile: z.boolean().describe('false: there is none, and the environment alone counts'),
    mistakes: z.array(
      z.object({ variable: z.string(), value: z.string().describe('masked'), allowed: z.string() }),
    ),
    warnings: z.array(z.string()).describe('allowed and still unwise'),
  }),
  'config-reload/1': z.object({
    dryRun: z.boolean(),
    wouldChange: z.boolean().optional().describe('only with --dry-run'),
    applied: z.array(z.string()).describe('variables in force from now on'),
    needsRestart: z.array(z.string()).describe('variables that a restart brings into force'),
    warnings: z.array(z.string()),
  }),
  'backup/1': z.object({
    dryRun: z.boolean(),
    wouldChange: z.boolean().optional().describe('only with --dry-run'),
    folder: z.string().describe('of this backup; with --dry-run the one it would be made in'),
    bytes: count,
    manifest: manifest.nullable().describe('null with --dry-run'),
  }),
  'restore/1': z.object({
    dryRun: z.boolean(),
    wouldChange: z.boolean().optional().describe('only with --dry-run'),
    manifest,
    keptAside: z.array(z.string()).describe('where the files of before are now'),
    keysRevokedAgain: z.array(z.string()).describe('revoked since the backup, and still'),
    daemonRuns: z.boolean().describe('true only with --dry-run: it must be stopped first'),
  }),
  'maintenance/1': z.object({
    dryRun: z.boolean(),
    wouldChange: z.boolean().optional().describe('only with --dry-run'),
    by: z.enum(['daemon', 'command']).describe('command: no daemon runs'),
    files: z.array(
      z.object({
        part,
        removed: z.record(z.string(), count).describe('rows, by table'),
        bytesBefore: count,
        bytesAfter: count,
        fault: z.string().nullable().describe('what is wrong with the file'),
      }),
    ),
  }),
};
