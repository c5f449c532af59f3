import type { Curve } from './curves/curve.ts';
import { clientsCurve, filtersCurve, ratesCurve } from './curves/live.ts';
import { historyCurve, journalCurve } from './curves/stored.ts';
import type { Scenario } from './measure/figure.ts';
import { activeCallsScenario } from './scenarios/active-calls.ts';
import { comeBackScenario } from './scenarios/come-back.ts';
import { fanOutScenarios } from './scenarios/fan-out.ts';
import { halfCoreScenario } from './scenarios/half-core.ts';
import { idleDaemonScenario, idleMemoryScenario } from './scenarios/idle.ts';
import { killedScenario } from './scenarios/killed.ts';
import { latencyScenarios } from './scenarios/latency.ts';
import { exportScenario } from './scenarios/records/export.ts';
import { historyScenario } from './scenarios/records/history.ts';
import { resumeScenario } from './scenarios/resume.ts';
import { saturationScenario } from './scenarios/saturation.ts';
import { slowClientScenarios } from './scenarios/slow-clients.ts';

/** In the order of the table in docs/performance.md. */
export const SCENARIOS: readonly Scenario[] = [
  ...fanOutScenarios,
  ...latencyScenarios,
  idleMemoryScenario,
  ...slowClientScenarios,
  comeBackScenario,
  killedScenario,
  resumeScenario,
  saturationScenario,
  activeCallsScenario,
  historyScenario,
  exportScenario,
  halfCoreScenario,
  idleDaemonScenario,
];

export const CURVES: readonly Curve[] = [clientsCurve, ratesCurve, filtersCurve, journalCurve, historyCurve];
