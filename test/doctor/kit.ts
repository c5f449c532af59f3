import { mkdtempSync, rmSync } from 'node:fs';
import { request as ask, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/daemon/core/ports.ts';
import { examineBeside } from '../../src/daemon/doctor/doctor.ts';
import type { Host } from '../../src/daemon/doctor/host.ts';
import type { CheckReport, DoctorReport } from '../../src/shared/conditions/doctor-report.ts';
import type { SimulatorOptions } from '../../src/simulator/options.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';

/** Apart from the machine the test runs on, and seconds made shorter. */
export const APART: Partial<Host> = {
  databasePlaces: { iniFiles: ['/nowhere/3CXPhoneSystem.ini'], socketFolder: '/nowhere/postgresql' },
  snippetFolder: '/nowhere/nginx/snippets',
  watchMs: 1200,
};

interface Look {
  variables?: Record<string, string>;
  host?: Partial<Host>;
  clock?: Clock;
  key?: string;
}

/** A simulated 3CX, a folder, and the doctor as the CLI runs it. */
export class Practice {
  readonly simulator: Simulator;
  readonly home = mkdtempSync(join(tmpdir(), '3cx-relay-doctor-test-'));

  private constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  static async open(options: SimulatorOptions = {}): Promise<Practice> {
    return new Practice(await startSimulator({ seed: 5, database: 'none', ...options }));
  }

  get environment(): Record<string, string> {
    const { pbxUrl, clientId, clientSecret, database } = this.simulator.addresses;
    return {
      RELAY_HOME: this.home,
      FQDN: '127.0.0.1',
      PBX_URL: pbxUrl,
      CLIENT_ID: clientId,
      CLIENT_SECRET: clientSecret,
      PORT: '0',
      ...(database && { DB_INI: database.iniFile }),
    };
  }

  async look({ variables = {}, host = {}, clock, key }: Look = {}): Promise<Findings> {
    const report = await examineBeside({
      environment: { ...this.environment, ...variables },
      host: { ...APART, ...host },
      ...(clock && { clock }),
      ...(key !== undefined && { key }),
    });
    return new Findings(report);
  }

  async close(): Promise<void> {
    await this.simulator.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export class Findings {
  readonly report: DoctorReport;

  constructor(report: DoctorReport) {
    this.report = report;
  }

  of(name: string): CheckReport {
    const check = this.report.checks.find(one => one.name === name);
    if (!check) throw new Error(`there is no check ${name}`);
    return check;
  }

  code(name: string): string {
    return this.of(name).code;
  }

  /** What is wrong, as `name: CODE`. */
  get faults(): string[] {
    return this.report.checks
      .filter(({ result }) => result === 'fail' || result === 'warning')
      .map(({ name, code }) => `${name}: ${code}`);
  }

  get failing(): string[] {
    return this.report.checks
      .filter(({ result }) => result === 'fail')
      .map(({ name, code }) => `${name}: ${code}`);
  }
}

/** A clock that is wrong by so much. */
export function wrongClock(byMs: number): Clock {
  return { now: () => Date.now() + byMs, elapsed: () => performance.now() };
}

interface FrontRules {
  /** Answers instead of who stands behind. */
  status?: number;
  body?: string;
  dropsUpgrade?: boolean;
}

export interface WebFront {
  url: string;
  rules: FrontRules;
  stop(): Promise<void>;
}

/** A web server before the relay, as the phone system's nginx is one. */
export async function startWebFront(relayUrl: string): Promise<WebFront> {
  const rules: FrontRules = {};
  const target = new URL(relayUrl);
  const server = createServer((request, response) => {
    if (rules.status !== undefined) {
      response.writeHead(rules.status, { 'content-type': 'text/html' }).end(rules.body ?? '<html></html>');
      return;
    }
    const { upgrade: _, connection: __, ...headers } = request.headers;
    const options = { host: target.hostname, port: target.port, path: request.url ?? '/', headers };
    const onward = ask(options, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    onward.end();
  });
  server.on('upgrade', (request, near, head) => {
    near.on('error', () => near.destroy());
    if (rules.dropsUpgrade) {
      near.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const far = connect(Number(target.port), target.hostname);
    far.on('error', () => near.destroy());
    const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
    far.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(near).pipe(far);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, rules, stop };
}
