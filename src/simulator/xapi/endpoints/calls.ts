import * as z from 'zod';
import { perform } from '../../exchange/actions/perform.ts';
import { activeCall } from '../active-call.ts';
import type { XapiAnswer, XapiCall } from '../contract.ts';
import type { RowOf } from '../entities.ts';
import { context } from '../routing/answer-rows.ts';
import { invalidBody, notFound } from '../xapi-fault.ts';

const orderSchema = z.object({
  dn: z.string().min(1),
  destination: z.string().min(1),
  contact: z.string().nullish(),
});

export function activeCalls({ parts }: XapiCall): RowOf<'ActiveCall'>[] {
  return [...parts.switchboard.calls.values()].map(call => activeCall(call, parts.now()));
}

/** 3CX: which party the records name as the one who ended a dropped call is unknown; here it is the caller. */
export function dropCall({ parts, arguments: given }: XapiCall): XapiAnswer {
  const id = given.integer('Id');
  const call = [...parts.switchboard.calls.values()].find(candidate => candidate.id === id);
  if (!call || !perform(parts.switchboard, { do: 'hangUp', call: call.key, by: 'caller' })) throw notFound();
  return { status: 204 };
}

export function makeCall(call: XapiCall): XapiAnswer {
  const order = orderSchema.safeParse(call.request.body);
  if (!order.success) throw invalidBody(order.error);
  const { dn, destination } = order.data;
  const outcome = call.parts.makeCall({ dn, destination });
  const head = { '@odata.context': context(call, 'Pbx.CallControlResultResponse') };
  if ('refused' in outcome) {
    const failed = { FinalStatus: 'Failed', Reason: 'NotPossible', ReasonText: outcome.refused };
    return { status: 200, body: { ...head, ...failed, Result: null } };
  }
  const { id, callId, legId, status } = outcome;
  const result = { id, dn, callid: callId, legid: legId, status };
  const success = { FinalStatus: 'Success', Reason: 'None', ReasonText: '' };
  return { status: 200, body: { ...head, ...success, Result: result } };
}
