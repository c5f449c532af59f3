import * as z from 'zod';
import { CdrSettingsStore } from '../cdr-service/cdr-settings.ts';
import type { Action } from '../exchange/actions/action.ts';
import { perform } from '../exchange/actions/perform.ts';
import { AgentBoard } from '../exchange/agent-board.ts';
import { CallLog } from '../exchange/call-log.ts';
import { buildDirectory } from '../exchange/directory.ts';
import { Switchboard } from '../exchange/switchboard.ts';
import { KnobBoard, type Knobs } from '../knobs.ts';
import type { XapiAnswer, XapiParts } from './contract.ts';
import { answerXapi } from './xapi.ts';

const collection = z.object({
  '@odata.context': z.string(),
  '@odata.count': z.number().optional(),
  value: z.array(z.record(z.string(), z.unknown())),
});

type Rows = z.infer<typeof collection>['value'];

/** The exchange and XAPI of a small company, without sockets and with a clock that is set by hand. */
export class TestBench {
  readonly parts: XapiParts;
  readonly ordered: { dn: string; destination: string }[] = [];
  #time = Date.UTC(2025, 9, 14, 9, 30, 58, 102);

  constructor(knobs: Partial<Knobs> = {}) {
    const now = () => this.#time;
    const directory = buildDirectory({ extensions: 14, queues: 2, routePoint: 'relay' });
    const callLog = new CallLog();
    const switchboard = new Switchboard(directory, now);
    switchboard.onOccurrence(occurrence => {
      if (occurrence.kind === 'recordClosed') callLog.append(occurrence);
    });
    this.parts = {
      ...{ directory, switchboard, callLog, now },
      agents: new AgentBoard(directory, now),
      knobs: new KnobBoard(knobs),
      cdrSettings: new CdrSettingsStore(),
      baseUrl: () => 'https://pbx.example.test:5001',
      makeCall: order => {
        this.ordered.push(order);
        return { id: 1, callId: 2, legId: 3, status: 'Dialing' };
      },
      clientId: 'relay',
      lastUsed: () => null,
    };
  }

  play(...steps: (Action | number)[]): void {
    for (const step of steps) {
      if (typeof step === 'number') this.#time += step;
      else if (!perform(this.parts.switchboard, step)) throw new Error(`${step.do} did nothing`);
    }
  }

  send(method: string, pathAndQuery: string, body?: unknown): Promise<XapiAnswer> {
    const [path = '', query = ''] = pathAndQuery.split('?');
    return answerXapi(this.parts, { method, path, query: new URLSearchParams(query), body });
  }

  async status(pathAndQuery: string, method = 'GET', body?: unknown): Promise<number> {
    return (await this.send(method, pathAndQuery, body)).status;
  }

  async collection(pathAndQuery: string): Promise<z.infer<typeof collection>> {
    const { status, body } = await this.send('GET', pathAndQuery);
    if (status !== 200) throw new Error(`${pathAndQuery} answered ${status}: ${JSON.stringify(body)}`);
    return collection.parse(body);
  }

  async rows(pathAndQuery: string): Promise<Rows> {
    return (await this.collection(pathAndQuery)).value;
  }

  async object(pathAndQuery: string): Promise<Record<string, unknown>> {
    const { body } = await this.send('GET', pathAndQuery);
    return z.record(z.string(), z.unknown()).parse(body);
  }
}

/** The path of GetCallLogData with all of its arguments, some of them given. */
export function callLogPath(given: Record<string, string> = {}, name = 'GetCallLogData'): string {
  const values = {
    periodFrom: '2025-10-14T00:00:00Z',
    periodTo: '2025-10-14T23:59:59Z',
    sourceType: '0',
    sourceFilter: "''",
    destinationType: '0',
    destinationFilter: "''",
    callsType: '0',
    callTimeFilterType: '0',
    callTimeFilterFrom: "'0:00:0'",
    callTimeFilterTo: "'0:00:0'",
    hidePcalls: 'false',
    ...given,
  };
  const list = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  return `/ReportCallLogData/Pbx.${name}(${list.join(',')})`;
}
