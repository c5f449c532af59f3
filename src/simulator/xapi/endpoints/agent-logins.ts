import type { AgentState } from '../../exchange/agent-board.ts';
import type { XapiCall, XapiParts } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { isoDuration, isoTime } from '../iso-text.ts';
import { passReportProxy } from './report.ts';

interface Login {
  queue: string;
  agent: string;
  from: number;
  until: number;
}

const DAY_MS = 86_400_000;
/** No talk time is worked out here: 3CX shows this for an agent without a call. */
const NO_TALK = isoDuration(0);

/**
 * One row for each stretch an agent was logged in, cut at midnight, in every queue the agent belongs to: the
 * PBX knows one flag for all queues. 3CX: what clientTimeZone does to the days is unknown; days here are UTC.
 */
export async function agentLoginHistory(call: XapiCall): Promise<RowOf<'AgentLoginHistory'>[]> {
  await passReportProxy(call);
  const { parts, arguments: given } = call;
  const wantedQueues = numbers(given.text('queueDnStr'));
  const wantedAgents = numbers(given.text('agentDnStr'));
  const period = { from: given.instant('startDt'), to: given.instant('endDt') };
  const logins = stretches(parts)
    .flatMap(stretch => perQueue(parts, stretch))
    .filter(({ queue, agent }) => isWanted(wantedQueues, queue) && isWanted(wantedAgents, agent))
    .flatMap(login => perDay(login, period));
  const sums = sumsOf(logins);
  return logins.map(login => loginRow(parts, login, sums));
}

function stretches({ agents, directory, now }: XapiParts): (AgentState & { until: number })[] {
  const current = directory.extensions.flatMap(({ number }) => {
    const state = agents.of(number);
    return state ? [{ ...state, until: now() }] : [];
  });
  return [...agents.past(), ...current].filter(({ queueStatus }) => queueStatus === 'LoggedIn');
}

function perQueue({ directory }: XapiParts, { dn, since, until }: AgentState & { until: number }): Login[] {
  return directory.groups
    .filter(({ kind, members }) => kind === 'queue' && members.includes(dn))
    .map(({ number }) => ({ queue: number, agent: dn, from: since, until }));
}

function perDay(login: Login, { from, to }: { from: number; to: number }): Login[] {
  const days: Login[] = [];
  const end = Math.min(login.until, to);
  for (let start = Math.max(login.from, from); start < end; start = startOfDay(start) + DAY_MS) {
    days.push({ ...login, from: start, until: Math.min(end, startOfDay(start) + DAY_MS) });
  }
  return days;
}

function loginRow(
  parts: XapiParts,
  login: Login,
  sums: ReadonlyMap<string, number>,
): RowOf<'AgentLoginHistory'> {
  const { queue, agent, from, until } = login;
  return {
    QueueNo: queue,
    AgentNo: agent,
    Agent: `${agent} ${parts.directory.find(agent)?.name ?? ''}`,
    Day: isoTime(startOfDay(from)),
    loggedInDt: isoTime(from),
    LoggedOutDt: isoTime(until),
    LoggedInInterval: isoDuration(until - from),
    LoggedInDayInterval: isoDuration(sums.get(dayKey(login)) ?? 0),
    LoggedInTotalInterval: isoDuration(sums.get(agentKey(login)) ?? 0),
    TalkingInterval: NO_TALK,
    TalkingDayInterval: NO_TALK,
    TalkingTotalInterval: NO_TALK,
  };
}

/** Time logged in, for each agent in each queue, and for each of their days. */
function sumsOf(logins: readonly Login[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const login of logins) {
    for (const key of [agentKey(login), dayKey(login)]) {
      sums.set(key, (sums.get(key) ?? 0) + login.until - login.from);
    }
  }
  return sums;
}

function agentKey({ queue, agent }: Login): string {
  return `${queue} ${agent}`;
}

function dayKey(login: Login): string {
  return `${agentKey(login)} ${startOfDay(login.from)}`;
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

/** Empty means all. */
function isWanted(wanted: readonly string[], number: string): boolean {
  return wanted.length === 0 || wanted.includes(number);
}

function numbers(text: string): string[] {
  return text
    .split(',')
    .map(number => number.trim())
    .filter(number => number !== '');
}
