import { setTimeout as wait } from 'node:timers/promises';
import type { XapiCall } from '../contract.ts';
import { gatewayTimeout } from '../xapi-fault.ts';

const SECOND_MS = 1000;

/**
 * What every report passes first: with the knob set, the database takes so long that the web proxy gives up.
 * The wait is in real time, as a client's own time-outs are. The request's signal ends it early, and it does
 * not keep the process alive.
 */
export async function passReportProxy({ parts, request }: XapiCall): Promise<void> {
  const { reportTimeoutSeconds } = parts.knobs.current;
  if (reportTimeoutSeconds === null) return;
  const { signal } = request;
  // An aborted wait ends in the same answer, which then nobody reads.
  await wait(reportTimeoutSeconds * SECOND_MS, undefined, { ref: false, ...(signal && { signal }) }).catch(
    () => {},
  );
  throw gatewayTimeout();
}
