import type { CdrSettingsStore } from '../cdr-service/cdr-settings.ts';
import type { AgentBoard } from '../exchange/agent-board.ts';
import type { Leg } from '../exchange/call.ts';
import type { CallLog } from '../exchange/call-log.ts';
import type { Directory } from '../exchange/directory.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import type { KnobBoard } from '../knobs.ts';
import type { EntityName } from './entities.ts';
import type { PathArguments } from './routing/route-path.ts';
import type { XapiAnswer } from './xapi-fault.ts';

export type { XapiAnswer };

export interface XapiRequest {
  method: string;
  /** After `/xapi/v1`, still percent-encoded, beginning with a slash. */
  path: string;
  query: URLSearchParams;
  /** Parsed JSON, or undefined when there was no body. */
  body: unknown;
  /** Ends the wait of a report that is held back, when nobody listens any more. */
  signal?: AbortSignal;
}

export interface XapiParts {
  directory: Directory;
  switchboard: Switchboard;
  agents: AgentBoard;
  callLog: CallLog;
  knobs: KnobBoard;
  now: () => number;
  cdrSettings: CdrSettingsStore;
  /** Scheme, host and port as clients reach the PBX, without a slash at the end. */
  baseUrl: () => string;
  makeCall: (order: {
    dn: string;
    destination: string;
  }) => Pick<Leg, 'id' | 'callId' | 'legId' | 'status'> | { refused: string };
  clientId: string;
  lastUsed: () => number | null;
}

/** What the API's own description tells of a route. */
export interface RouteSummary {
  path: string;
  method: 'GET' | 'POST' | 'PATCH';
  entity?: EntityName;
  shape?: 'list' | 'one';
}

export interface XapiCall {
  parts: XapiParts;
  request: XapiRequest;
  arguments: PathArguments;
  routes: readonly RouteSummary[];
}

export type Handler = (call: XapiCall) => XapiAnswer | Promise<XapiAnswer>;

/** Which rights a route asks for: those of an owner, of an admin, or none beyond a valid token. */
export type RouteRole = 'any' | 'admin' | 'owner';

export interface Route extends RouteSummary {
  role: RouteRole;
  handler: Handler;
}
