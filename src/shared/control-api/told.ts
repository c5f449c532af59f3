import type * as z from 'zod';
import type * as access from './access-schemas.ts';
import type * as health from './health-schemas.ts';
import type * as upkeep from './upkeep-schemas.ts';

/** What the daemon tells, as its own schemas have it. */
export type AboutTold = z.output<typeof access.aboutSchema>;
export type WhoTold = z.output<typeof access.whoamiSchema>;
export type OpenedTold = z.output<typeof access.openedSchema>;
export type UserTold = z.output<typeof access.userSchema>;
export type UsageTold = z.output<typeof access.usageSchema>;
export type AuditTold = z.output<typeof access.auditPageSchema>;
export type AuditRowTold = AuditTold['rows'][number];
export type VerifiedTold = z.output<typeof access.verifySchema>;
export type ClientTold = z.output<typeof health.clientSchema>;
export type ConnectionsTold = z.output<typeof health.componentsSchema>;
export type ConnectionTold = ConnectionsTold['components'][number];
export type ChangesTold = z.output<typeof health.changesSchema>;
export type ConditionsTold = z.output<typeof health.conditionsSchema>;
export type ConditionTold = ConditionsTold['current'][number];
export type ErrorsTold = z.output<typeof health.errorsSchema>;
export type ErrorTold = ErrorsTold['errors'][number];
export type StatsTold = z.output<typeof health.statsSchema>;
export type LogLineTold = z.output<typeof upkeep.logLineSchema>;
export type ConfigTold = z.output<typeof upkeep.configSchema>;
export type ReloadTold = z.output<typeof upkeep.reloadSchema>;
export type BackupTold = z.output<typeof upkeep.backupSchema>;
export type PlannedBackupTold = z.output<typeof upkeep.plannedBackupSchema>;
export type MaintenanceTold = z.output<typeof upkeep.maintenanceSchema>;
