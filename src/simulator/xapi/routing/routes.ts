import type { Route } from '../contract.ts';
import { agentLoginHistory } from '../endpoints/agent-logins.ts';
import { activeCalls, dropCall, makeCall } from '../endpoints/calls.ts';
import { callHistoryView, callLog, lastTimestamps, oldCallLog } from '../endpoints/history.ts';
import {
  didNumbers,
  queueAgents,
  queueById,
  queues,
  receptionists,
  ringGroups,
  trunks,
} from '../endpoints/numbers.ts';
import {
  antiHacking,
  cdrSettings,
  changeCdrSettings,
  consoleRestrictions,
  dataConnector,
  servicePrincipals,
} from '../endpoints/settings.ts';
import {
  defs,
  eventLogs,
  hasDebianUpgrade,
  health,
  services,
  systemParameters,
  systemStatus,
  updates,
} from '../endpoints/system.ts';
import { changeUser, departments, userById, userByNumber, users } from '../endpoints/users.ts';
import { list, one } from './answer-rows.ts';
import { metadata, swagger } from './description.ts';

const CALL_LOG =
  'periodFrom={periodFrom},periodTo={periodTo},sourceType={sourceType},sourceFilter={sourceFilter},destinationType={destinationType},destinationFilter={destinationFilter},callsType={callsType},callTimeFilterType={callTimeFilterType},callTimeFilterFrom={callTimeFilterFrom},callTimeFilterTo={callTimeFilterTo},hidePcalls={hidePcalls}';
const LOGINS =
  'clientTimeZone={clientTimeZone},startDt={startDt},endDt={endDt},queueDnStr={queueDnStr},agentDnStr={agentDnStr}';

const nothing = () => [];

/**
 * All of XAPI that is played. Any token may read what describes the API itself; history, reports and recordings
 * are the owner's, the rest asks for an admin.
 */
// biome-ignore format: a table
export const ROUTES: readonly Route[] = [
  { path: '/ActiveCalls',                                          method: 'GET',   role: 'admin', ...list('ActiveCall', activeCalls) },
  { path: '/ActiveCalls({Id})/Pbx.DropCall',                       method: 'POST',  role: 'admin', handler: dropCall },
  { path: '/Users',                                                method: 'GET',   role: 'admin', ...list('User', users) },
  { path: '/Users({Id})',                                          method: 'GET',   role: 'admin', ...one('User', userById) },
  { path: '/Users({Id})',                                          method: 'PATCH', role: 'admin', handler: changeUser },
  { path: '/Users(Number={Number})',                               method: 'GET',   role: 'admin', ...one('User', userByNumber) },
  { path: '/Users/Pbx.MakeCall',                                   method: 'POST',  role: 'admin', handler: makeCall },
  { path: '/Queues',                                               method: 'GET',   role: 'admin', ...list('Queue', queues) },
  { path: '/Queues({Id})',                                         method: 'GET',   role: 'admin', ...one('Queue', queueById) },
  { path: '/Queues({Id})/Agents',                                  method: 'GET',   role: 'admin', ...list('QueueAgent', queueAgents) },
  { path: '/RingGroups',                                           method: 'GET',   role: 'admin', ...list('RingGroup', ringGroups) },
  { path: '/Groups',                                               method: 'GET',   role: 'admin', ...list('Group', departments) },
  { path: '/Receptionists',                                        method: 'GET',   role: 'admin', ...list('Receptionist', receptionists) },
  { path: '/DidNumbers',                                           method: 'GET',   role: 'admin', ...list('DidNumber', didNumbers) },
  { path: '/Trunks',                                               method: 'GET',   role: 'admin', ...list('Trunk', trunks) },
  { path: `/ReportCallLogData/Pbx.GetCallLogData(${CALL_LOG})`,    method: 'GET',   role: 'owner', ...list('CallLogData', callLog) },
  { path: `/ReportCallLogData/Pbx.GetOldCallLogData(${CALL_LOG})`, method: 'GET',   role: 'owner', ...list('CallLogData', oldCallLog) },
  { path: '/CallHistoryView',                                      method: 'GET',   role: 'owner', ...list('CallHistoryView', callHistoryView) },
  { path: '/ChatHistoryView',                                      method: 'GET',   role: 'owner', ...list('ChatHistoryView', nothing) },
  { path: '/Recordings',                                           method: 'GET',   role: 'owner', ...list('Recording', nothing) },
  { path: '/ScheduledReports',                                     method: 'GET',   role: 'owner', ...list('ScheduledReport', nothing) },
  { path: `/ReportAgentLoginHistory/Pbx.GetAgentLoginHistoryData(${LOGINS})`, method: 'GET', role: 'owner', ...list('AgentLoginHistory', agentLoginHistory) },
  { path: '/LastCdrAndChatMessageTimestamp',                       method: 'GET',   role: 'admin', ...list('LastCdrAndChatMessageTimestamp', lastTimestamps) },
  { path: '/SystemStatus',                                         method: 'GET',   role: 'admin', ...one('SystemStatus', systemStatus) },
  { path: '/SystemStatus/Pbx.SystemHealthStatus()',                method: 'GET',   role: 'admin', ...one('SystemHealthStatus', health) },
  { path: '/Services',                                             method: 'GET',   role: 'admin', ...list('ServiceInfo', services) },
  { path: '/EventLogs',                                            method: 'GET',   role: 'admin', ...list('EventLog', eventLogs) },
  { path: '/CDRSettings',                                          method: 'GET',   role: 'admin', ...one('CDRSettings', cdrSettings) },
  { path: '/CDRSettings',                                          method: 'PATCH', role: 'admin', handler: changeCdrSettings },
  { path: '/DataConnectorSettings',                                method: 'GET',   role: 'admin', ...one('DataConnectorSettings', dataConnector) },
  { path: '/ServicePrincipals',                                    method: 'GET',   role: 'admin', ...list('ServicePrincipal', servicePrincipals) },
  { path: '/ConsoleRestrictions',                                  method: 'GET',   role: 'admin', ...one('ConsoleRestrictions', consoleRestrictions) },
  { path: '/AntiHackingSettings',                                  method: 'GET',   role: 'admin', ...one('AntiHackingSettings', antiHacking) },
  { path: '/Blocklist',                                            method: 'GET',   role: 'admin', ...list('BlocklistAddr', nothing) },
  { path: '/Defs',                                                 method: 'GET',   role: 'any',   ...one('Defs', defs) },
  { path: '/Defs/Pbx.GetSystemParameters()',                       method: 'GET',   role: 'admin', ...one('SystemParameters', systemParameters) },
  { path: '/HasDebianUpgrade()',                                   method: 'GET',   role: 'admin', handler: hasDebianUpgrade },
  { path: '/GetUpdates()',                                         method: 'GET',   role: 'admin', ...one('UpdateList', updates) },
  { path: '/$metadata',                                            method: 'GET',   role: 'any',   handler: metadata },
  { path: '/swagger.yaml',                                         method: 'GET',   role: 'any',   handler: swagger },
];
