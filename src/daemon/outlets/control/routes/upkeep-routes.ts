import {
  backupBody,
  backupSchema,
  configSchema,
  dryRunBody,
  maintenanceSchema,
  plannedBackupSchema,
  reloadSchema,
} from '../../../../shared/control-api/upkeep-schemas.ts';
import { noted } from '../deeds.ts';
import { byOf, type ControlParts, type ControlRoute, control } from '../parts.ts';

/** Configuration and files. */
export function upkeepRoutes(parts: ControlParts): ControlRoute[] {
  const { config, audit } = parts;
  return [
    control({
      method: 'GET',
      path: '/admin/config',
      summary: 'What is in force and where it came from; secrets are masked',
      right: 'viewer',
      answers: { 200: { description: 'Every variable there is', schema: configSchema } },
      handle: () => ({ status: 200, body: config.view() }),
    }),
    control({
      method: 'POST',
      path: '/admin/reload',
      summary: 'Reads the configuration again; a bad one changes nothing',
      right: 'admin',
      action: 'config.reload',
      body: dryRunBody,
      answers: { 200: { description: 'What changed, and what needs a restart', schema: reloadSchema } },
      handle: ({ who, body: { dryRun } }) => ({
        status: 200,
        body: dryRun ? config.preview() : config.reload(byOf(who)),
      }),
    }),
    control({
      method: 'POST',
      path: '/admin/backup',
      summary: 'Copies all files while they are in use, and proves the copy',
      right: 'admin',
      action: 'backup.create',
      body: backupBody,
      answers: {
        200: { description: 'With dryRun: where it would be', schema: plannedBackupSchema },
        201: { description: 'Where it is and what is in it', schema: backupSchema },
      },
      handle: async ({ body: { folder = null, dryRun }, who }) => {
        if (dryRun) return { status: 200, body: parts.planBackup(folder) };
        const note = {
          by: byOf(who),
          action: 'backup.create' as const,
          ...(folder !== null && { subject: folder }),
        };
        return { status: 201, body: await noted(audit, note, () => parts.backUp(folder)) };
      },
    }),
    control({
      method: 'POST',
      path: '/admin/maintenance',
      summary: 'Checks the files, removes what is too old, gives room back',
      right: 'admin',
      action: 'maintenance.run',
      body: dryRunBody,
      answers: { 200: { description: 'What was done', schema: maintenanceSchema } },
      handle: async ({ who, body: { dryRun } }) => ({
        status: 200,
        body: dryRun
          ? await parts.planMaintenance()
          : await noted(audit, { by: byOf(who), action: 'maintenance.run' }, () => parts.maintain()),
      }),
    }),
  ];
}
