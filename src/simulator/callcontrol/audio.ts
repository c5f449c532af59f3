import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Leg } from '../exchange/call.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import type { PartRequest } from '../front/gateway.ts';
import { decodePart, send } from '../front/http.ts';
import type { KnobBoard } from '../knobs.ts';
import { mayControlCalls } from './visibility.ts';

const STREAM_PATH = /^\/([^/]+)\/participants\/(\d+)\/stream$/;
/** 20 ms of 8 kHz mono, 16 bit. */
const CHUNK_BYTES = 320;
const CHUNK_MS = 20;

interface Raw {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Audio of a call at the client's own route point: silence to hear, and an ear for whatever is sent. */
export function streamAudio(
  { switchboard, knobs }: { switchboard: Switchboard; knobs: KnobBoard },
  { method, path }: PartRequest,
  { request, response }: Raw,
): boolean {
  const [, rawDn, id] = STREAM_PATH.exec(path) ?? [];
  if (rawDn === undefined || id === undefined) return false;
  const dn = decodePart(rawDn);
  // What is wrong with the address is told where every other address is read.
  if (dn === null) return false;
  const found = switchboard.findLeg(dn, Number(id));
  const status = mayControlCalls(knobs.current) ? statusOf(found?.leg) : 403;
  if (status !== 200 || !found) {
    send(response, { status });
    return true;
  }
  if (method === 'POST') {
    request.resume();
    request.on('end', () => send(response, { status: 200 }));
    return true;
  }
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
  const silence = Buffer.alloc(CHUNK_BYTES);
  const timer = setInterval(() => {
    const isOver = !found.call.legs.includes(found.leg);
    if (isOver) response.end();
    else if (!response.writableNeedDrain) response.write(silence);
  }, CHUNK_MS);
  response.on('close', () => clearInterval(timer));
  return true;
}

function statusOf(leg: Leg | undefined): number {
  if (!leg) return 404;
  if (leg.own.kind !== 'routePoint') return 403;
  return leg.status === 'Connected' ? 200 : 422;
}
