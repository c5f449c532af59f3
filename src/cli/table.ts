import { on, type Runnable } from './command.ts';
import * as access from './commands/access.ts';
import * as calls from './commands/calls.ts';
import * as health from './commands/health.ts';
import * as host from './commands/host.ts';
import * as keys from './commands/keys.ts';
import * as running from './commands/running.ts';
import * as upkeep from './commands/upkeep.ts';

/** All there is, in the order in which help shows it, and where its code stands. */
export const COMMANDS: readonly Runnable[] = [
  on(health.statusCommand, async given => (await import('./run/health/status.ts')).status(given)),
  on(health.doctorCommand, async given => (await import('./run/health/doctor.ts')).doctor(given)),
  on(health.conditionsCommand, async given => (await import('./run/health/conditions.ts')).conditions(given)),
  on(health.connectionsCommand, async given =>
    (await import('./run/health/connections.ts')).connections(given),
  ),
  on(health.connectionsHistoryCommand, async given =>
    (await import('./run/health/connections.ts')).connectionsHistory(given),
  ),
  on(health.connectionsReconnectCommand, async given =>
    (await import('./run/health/connections.ts')).reconnect(given),
  ),
  on(health.errorsCommand, async given => (await import('./run/health/errors.ts')).errors(given)),
  on(health.errorsAckCommand, async given => (await import('./run/health/errors.ts')).acknowledge(given)),
  on(health.checkCommand, async given => (await import('./run/check/check.ts')).check(given)),

  on(calls.listenCommand, async given => (await import('./run/listen/listen.ts')).listen(given)),
  on(calls.callsCommand, async given => (await import('./run/calls/calls.ts')).calls(given)),
  on(calls.callsShowCommand, async given => (await import('./run/calls/call-story.ts')).showCall(given)),
  on(calls.historyCommand, async given => (await import('./run/calls/history.ts')).history(given)),
  on(calls.historyShowCommand, async given => (await import('./run/calls/history-show.ts')).showPast(given)),

  on(keys.keysCreateCommand, async given => (await import('./run/keys/keys.ts')).createKey(given)),
  on(keys.keysListCommand, async given => (await import('./run/keys/keys.ts')).listKeys(given)),
  on(keys.keysRevokeCommand, async given => (await import('./run/keys/keys.ts')).revokeKey(given)),
  on(keys.keysRotateCommand, async given => (await import('./run/keys/keys.ts')).rotateKey(given)),
  on(keys.keysUsageCommand, async given => (await import('./run/keys/key-usage.ts')).keyUsage(given)),

  on(access.usersListCommand, async given => (await import('./run/access/users.ts')).listUsers(given)),
  on(access.usersAddCommand, async given => (await import('./run/access/users.ts')).addUser(given)),
  on(access.usersChangeCommand, async given => (await import('./run/access/users.ts')).changeUser(given)),
  on(access.usersPasswordCommand, async given =>
    (await import('./run/access/user-password.ts')).setPassword(given),
  ),
  on(access.usersRemoveCommand, async given => (await import('./run/access/users.ts')).removeUser(given)),
  on(access.loginCommand, async given => (await import('./run/access/login.ts')).logIn(given)),
  on(access.logoutCommand, async given => (await import('./run/access/login.ts')).logOut(given)),
  on(access.whoamiCommand, async given => (await import('./run/access/login.ts')).whoAmI(given)),

  on(access.clientsCommand, async given => (await import('./run/access/clients.ts')).listClients(given)),
  on(access.clientsDisconnectCommand, async given =>
    (await import('./run/access/clients.ts')).disconnectClient(given),
  ),

  on(access.auditCommand, async given => (await import('./run/access/audit.ts')).listAudit(given)),
  on(access.auditVerifyCommand, async given => (await import('./run/access/audit.ts')).verifyAudit(given)),

  on(upkeep.logsCommand, async given => (await import('./run/upkeep/logs.ts')).logs(given)),
  on(upkeep.configShowCommand, async given => (await import('./run/upkeep/config.ts')).showConfig(given)),
  on(upkeep.configCheckCommand, async given => (await import('./run/upkeep/config.ts')).checkConfig(given)),
  on(upkeep.configReloadCommand, async given => (await import('./run/upkeep/config.ts')).reloadConfig(given)),
  on(upkeep.backupCommand, async given => (await import('./run/upkeep/backup.ts')).backup(given)),
  on(upkeep.restoreCommand, async given => (await import('./run/upkeep/restore.ts')).restore(given)),
  on(upkeep.maintenanceCommand, async given =>
    (await import('./run/upkeep/maintenance.ts')).maintenance(given),
  ),

  on(host.installCommand, async given => (await import('./run/host/install.ts')).install(given)),
  on(host.upgradeCommand, async given => (await import('./run/host/upgrade.ts')).upgrade(given)),
  on(host.rollbackCommand, async given => (await import('./run/host/rollback.ts')).rollback(given)),
  on(host.uninstallCommand, async given => (await import('./run/host/uninstall.ts')).uninstall(given)),
  on(host.footprintCommand, async given => (await import('./run/host/footprint.ts')).footprint(given)),
  on(host.supportModeCommand, async given => (await import('./run/host/support-mode.ts')).supportMode(given)),

  on(running.daemonCommand, async () => {
    const { run } = await import('../daemon/main.ts');
    await run();
    return null;
  }),
  on(running.demoCommand, async given =>
    (await import('./run/running/run-demo.ts')).runInTemporaryHome(given),
  ),
  on(running.dashboardCommand, async given =>
    (await import('./run/dashboard/dashboard.ts')).dashboard(given),
  ),
  on(running.infoCommand, async given => (await import('./run/running/info.ts')).info(given)),
  on(running.completionCommand, async given =>
    (await import('./run/completion/scripts.ts')).completionScript(given),
  ),
];
