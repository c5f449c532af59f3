import * as z from 'zod';

const count = z.int().min(0);
const names = z.array(z.string());

export const configSchema = z.object({
  variables: z.array(
    z.object({
      name: z.string(),
      /** As it is in force; secrets are `***`; null: not set and no default. */
      value: z.string().nullable(),
      origin: z.enum(['environment', 'file', 'default']),
      path: z.string().nullable(),
      /** Another value was read, which a restart would bring into force. */
      needsRestart: z.boolean(),
    }),
  ),
  warnings: names,
});

export const reloadSchema = z.object({
  /** In force from now on. */
  applied: names,
  /** Read and checked; a restart brings them into force. */
  needsRestart: names,
  warnings: names,
});

const dryRun = z.boolean().default(false).describe('only tell what would be done');
export const dryRunBody = z.strictObject({ dryRun });

export const backupBody = z.strictObject({
  dryRun,
  folder: z
    .string()
    .regex(/^\/[^\0]*$/, 'the full path of a folder')
    .max(1024)
    .optional(),
});
export const backupSchema = z.object({
  folder: z.string(),
  manifest: z.object({
    format: z.literal(1),
    program: z.string(),
    createdAt: z.string(),
    files: z.array(
      z.object({
        part: z.enum(['state', 'journal']),
        name: z.string(),
        version: z.int(),
        bytes: count,
        sha256: z.string(),
      }),
    ),
  }),
});

export const plannedBackupSchema = z.object({ folder: z.string(), bytes: count });

export const maintenanceSchema = z.object({
  files: z.array(
    z.object({
      part: z.enum(['state', 'journal']),
      removed: z.record(z.string(), count),
      bytesBefore: count,
      bytesAfter: count,
      fault: z.string().nullable(),
    }),
  ),
});

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const LOG_PAGE_MAX = 2000;
export const logsQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(LOG_PAGE_MAX).default(200),
  level: z.enum(LOG_LEVELS).default('trace'),
});
export const logLineSchema = z.object({
  id: z.int(),
  time: z.string(),
  level: z.enum(LOG_LEVELS),
  part: z.string(),
  message: z.string(),
  fields: z.record(z.string(), z.unknown()),
});
export const logsSchema = z.object({
  lines: z.array(logLineSchema),
  /** Give it as `after` to go on. */
  next: z.int(),
});

const checkResult = z.enum(['ok', 'warning', 'fail', 'skipped']);
export const doctorSchema = z.object({
  result: z.enum(['ok', 'warning', 'fail']),
  daemon: z.enum(['running', 'stopped', 'unknown']),
  version: z.string(),
  startedAt: z.string(),
  durationMs: z.number(),
  checks: z.array(
    z.object({
      name: z.string(),
      looksAt: z.string(),
      result: checkResult,
      code: z.string(),
      evidence: names,
      cause: z.string().nullable(),
      fix: z.string().nullable(),
      durationMs: z.number(),
    }),
  ),
});

/** What a watcher may ask for besides what everybody gets. */
export const EXTRAS = ['events', 'logs'] as const;
export type Extra = (typeof EXTRAS)[number];
export const watchQuery = z.object({
  with: z
    .string()
    .max(100)
    .transform(text => text.split(',').filter(Boolean))
    .pipe(z.array(z.enum(EXTRAS, `any of ${EXTRAS.join(', ')}, with a comma between`)))
    .default([])
    .describe('events: the log as it grows; logs: lines of the daemon; with a comma between'),
});
export const lineSchema = z.looseObject({ type: z.string() });
