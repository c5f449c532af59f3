import * as z from 'zod';

const dryRun = {
  dryRun: z.boolean(),
  wouldChange: z.boolean().optional().describe('only with --dry-run'),
};
const steps = z
  .array(
    z.object({
      piece: z.enum(['user', 'folders', 'release', 'configuration', 'link', 'unit', 'snippet', 'service']),
      what: z.string(),
      state: z
        .enum(['absent', 'right', 'other', 'none'])
        .describe('as it was found: absent and other are put right; none has no place here'),
      why: z.string().nullable(),
    }),
  )
  .describe('in the order of doing');
const checks = z.array(
  z.object({ name: z.string(), result: z.enum(['ok', 'warning', 'fail']), says: z.string() }),
);

export const HOST_CONTRACTS = {
  'install/1': z.object({
    ...dryRun,
    version: z.string(),
    checks,
    steps,
    admin: z
      .object({ name: z.string(), password: z.string().nullable().describe('null: it was given') })
      .nullable()
      .describe('made now; null: there was one, or nothing runs'),
    snippet: z.string().nullable().describe('for a web server of yours, where there is none of 3CX'),
  }),
  'upgrade/1': z.object({
    ...dryRun,
    from: z.string(),
    to: z.string(),
    isVerified: z.boolean().describe('held against SHA256SUMS'),
    backup: z.string().nullable().describe('the folder of the backup made before'),
    steps,
  }),
  'rollback/1': z.object({ ...dryRun, from: z.string(), to: z.string(), steps }),
  'uninstall/1': z.object({
    ...dryRun,
    removed: z.array(z.string()).describe('paths and names; with --dry-run those that would go'),
    kept: z.array(z.string()),
  }),
  'footprint/1': z.object({
    version: z.string().nullable().describe('null: none is installed'),
    supportSince: z.string().nullable().describe('null: not in support mode'),
    things: z.array(
      z.object({
        kind: z.enum(['file', 'folder', 'link', 'user', 'group', 'unit', 'port', 'log']),
        name: z.string(),
        note: z.string(),
      }),
    ),
  }),
  'support-mode/1': z.object({ ...dryRun, isOn: z.boolean(), note: z.string().nullable(), steps }),
};
