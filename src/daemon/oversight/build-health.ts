import type { Database } from 'better-sqlite3';
import { maskNumber } from '../../shared/masks.ts';
import { ConditionHistory } from '../health/condition-history.ts';
import { Conditions } from '../health/conditions.ts';
import { ErrorTable } from '../health/errors/error-table.ts';
import { ErrorTracker } from '../health/errors/error-tracker.ts';
import { HealthBoard } from '../health/health-board.ts';
import { RequestLog } from '../health/request-log.ts';
import { createScrub } from '../logging/log-scrub.ts';
import { loggerFor, secretsOf } from '../logging/logger.ts';
import type { Building } from '../relay/building.ts';
import type { UpstreamFault } from '../sources/threecx/http/pbx-error.ts';

/** Where all parts tell how they are, and what keeps it. */
export interface Health {
  board: HealthBoard;
  conditions: Conditions;
  conditionHistory: ConditionHistory;
  errors: ErrorTracker;
  requests: RequestLog;
}

/** Whoever writes numbers for machines rarely needs so many digits in a row; whoever has a phone does. */
const LONG_NUMBER = /(?<![\w.])\+?\d{7,15}(?!\w)/g;

/** Built before everything that may have something to tell, and stopped after it. */
export function buildHealth({ config, root, lifecycle, overrides }: Building, state: Database): Health {
  const logger = loggerFor(root, 'daemon');
  const { clock } = overrides;
  const clean = cleanerOf(secretsOf(config));
  const conditionHistory = new ConditionHistory(state);
  const conditions = new Conditions({ clock, clean, history: conditionHistory });
  const errors = new ErrorTracker({
    ...{ clock, clean, conditions, table: new ErrorTable(state) },
    onNew: ({ code, place, detail, severity }) => logger.warn({ code, place, detail, severity }, 'incident'),
  });
  const requests = new RequestLog({ clock, conditions, database: state });
  const board = new HealthBoard({
    ...{ clock, conditions, errors },
    onChange: ({ component, state: how, rung, reason }) =>
      logger.info({ component, state: how, rung, reason }, 'component changed'),
  });
  conditions.start();
  errors.start();
  lifecycle.add({
    name: 'health',
    stop: () => {
      requests.stop();
      errors.stop();
      conditions.stop();
    },
  });
  return { board, conditions, conditionHistory, errors, requests };
}

/** For what ends in the list of errors: the same path asked again must be the same place. */
export function upstreamError({ fault, method, path, detail }: UpstreamFault) {
  const place = (path.split(/[?(]/)[0] ?? '').replaceAll(/\/[^/]*\d[^/]*(?=\/|$)/g, part =>
    /^\/v\d+$/.test(part) ? part : '/:id',
  );
  const component = path.startsWith('/callcontrol') ? 'callcontrol' : 'xapi';
  return {
    code: `pbx_${fault}`,
    place: `${method} ${place}`,
    detail,
    component,
    severity: 'warning' as const,
  };
}

/** Texts of other programs, made fit for lists that operators read and pass on. */
function cleanerOf(secrets: readonly string[]): (text: string) => string {
  const scrub = createScrub(secrets);
  return text => scrub(text, { isShowingNumbers: false }).replaceAll(LONG_NUMBER, maskNumber);
}
