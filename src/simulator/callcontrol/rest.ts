import * as z from 'zod';
import type { Call, Leg } from '../exchange/call.ts';
import type { Dn } from '../exchange/directory.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import type { PartRequest } from '../front/gateway.ts';
import { type Answer, decodePart } from '../front/http.ts';
import type { KnobBoard } from '../knobs.ts';
import type { CallCommands, Refusal } from './commands.ts';
import { participantOf } from './participant.ts';
import { canCall, devicesOf, dnView, participantsOf, snapshot } from './views.ts';
import { mayControlCalls, monitoredDns } from './visibility.ts';

interface RestParts {
  switchboard: Switchboard;
  knobs: KnobBoard;
  commands: CallCommands;
}

const bodySchema = z.looseObject({
  destination: z.union([z.string(), z.number()]).transform(String).default(''),
  timeout: z.number().int().min(1).max(600).default(30),
  reason: z.string().default('None'),
  attacheddata: z.record(z.string(), z.coerce.string()).default({}),
});
type Body = z.infer<typeof bodySchema>;

const BROKEN_ESCAPES: Answer = { status: 400, body: { error: 'The escapes of the address are broken' } };
const NOT_FOUND: Answer = { status: 404 };
const FORBIDDEN: Answer = { status: 403 };
const WRONG_METHOD: Answer = { status: 405 };

/** What each participant action does; anything else is not found. */
const ACTIONS: Record<string, (commands: CallCommands, at: Target) => true | Refusal> = {
  drop: (commands, { call, leg }) => commands.drop(call, leg),
  answer: (commands, { call, leg }) => commands.answer(call, leg),
  divert: (commands, { call, leg, body }) => commands.divert(call, leg, body.destination),
  routeto: (commands, { call, body }) => commands.routeTo(call, body.destination),
  transferto: (commands, { call, leg, body }) =>
    commands.transferTo(call, leg, { to: body.destination, timeoutSeconds: body.timeout }),
  attach_participant_data: (_, target) => attach(target),
  attach_party_data: (_, target) => attach(target),
};
const NEED_DESTINATION = new Set(['divert', 'routeto', 'transferto']);

interface Target {
  call: Call;
  leg: Leg;
  body: Body;
}

/** `/callcontrol` and all below it. The socket's requests are answered here too. */
export class CallControlRest {
  readonly #parts: RestParts;

  constructor(parts: RestParts) {
    this.#parts = parts;
  }

  answer(request: PartRequest): Promise<Answer> {
    return Promise.resolve(this.answerNow(request));
  }

  answerNow(request: PartRequest): Answer {
    const { switchboard, knobs } = this.#parts;
    if (!mayControlCalls(knobs.current)) return FORBIDDEN;
    const visible = monitoredDns(switchboard.directory, knobs.current);
    const parts = request.path.split('/').filter(Boolean).map(decodePart);
    if (!parts.every(part => part !== null)) return BROKEN_ESCAPES;
    const [number, ...rest] = parts;
    if (number === undefined) {
      if (request.method !== 'GET') return WRONG_METHOD;
      return { status: 200, body: snapshot(switchboard, knobs.current, visible) };
    }
    const dn = switchboard.directory.find(number);
    if (!dn) return NOT_FOUND;
    if (!visible.has(number)) return FORBIDDEN;
    return request.method === 'POST'
      ? this.#post(dn, rest, request.body)
      : this.#get(dn, rest, request.method);
  }

  #get(dn: Dn, [kind, id, ...more]: string[], method: string): Answer {
    if (method !== 'GET') return WRONG_METHOD;
    const { switchboard, knobs } = this.#parts;
    if (more.length > 0) return NOT_FOUND;
    if (kind === undefined) return ok(dnView(dn, participantsOf(switchboard, knobs.current, dn.number)));
    if (kind === 'devices') {
      return id === undefined
        ? ok(devicesOf(dn))
        : okOrNotFound(devicesOf(dn).find(one => one.device_id === id));
    }
    if (kind !== 'participants') return NOT_FOUND;
    if (id === undefined) return ok(participantsOf(switchboard, knobs.current, dn.number));
    const leg = switchboard.findLeg(dn.number, Number(id))?.leg;
    return okOrNotFound(leg && participantOf(leg, switchboard.directory, knobs.current));
  }

  #post(dn: Dn, path: string[], rawBody: unknown): Answer {
    const parsed = bodySchema.safeParse(rawBody ?? {});
    if (!parsed.success) return { status: 400, body: { error: z.prettifyError(parsed.error) } };
    const body = parsed.data;
    const [kind, id, action] = path;
    if (kind === 'makecall' && id === undefined) return this.#makeCall(dn, body);
    if (kind === 'devices' && action === 'makecall') {
      const hasDevice = devicesOf(dn).some(device => device.device_id === id);
      return hasDevice ? this.#makeCall(dn, body) : NOT_FOUND;
    }
    if (kind !== 'participants' || id === undefined || action === undefined || path.length > 3)
      return NOT_FOUND;
    return this.#act(dn, { id: Number(id), action, body });
  }

  #makeCall(dn: Dn, body: Body): Answer {
    const { commands, switchboard, knobs } = this.#parts;
    // 424: the device is in no state to call.
    if (!canCall(dn)) return { status: 424, body: failure('NoDevice', 'The DN has no device to call from') };
    const outcome = commands.makeCall(dn.number, body.destination);
    if ('refused' in outcome) return refused(outcome);
    Object.assign(outcome.attachedData, body.attacheddata);
    return ok(success(participantOf(outcome, switchboard.directory, knobs.current)));
  }

  #act(dn: Dn, { id, action, body }: { id: number; action: string; body: Body }): Answer {
    const { commands, switchboard, knobs } = this.#parts;
    const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    const found = switchboard.findLeg(dn.number, id);
    if (!run || !found) return NOT_FOUND;
    if (NEED_DESTINATION.has(action) && body.destination === '') {
      return refused({ refused: `${action} needs a destination` });
    }
    const outcome = run(commands, { ...found, body });
    if (outcome !== true) return refused(outcome);
    return ok(success(participantOf(found.leg, switchboard.directory, knobs.current)));
  }
}

function attach({ leg, body }: Target): true {
  Object.assign(leg.attachedData, body.attacheddata);
  return true;
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function okOrNotFound(body: unknown): Answer {
  return body === undefined ? NOT_FOUND : ok(body);
}

function success(result: unknown): unknown {
  return { finalstatus: 'Success', reason: 'None', reasontext: '', result };
}

function failure(reason: string, reasontext: string): unknown {
  return { finalstatus: 'Failed', reason, reasontext, result: null };
}

function refused({ refused: text }: Refusal): Answer {
  return { status: 422, body: failure('NotPossible', text) };
}
