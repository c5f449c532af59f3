import type * as z from 'zod';
import type { Call } from '../../../../shared/call.ts';
import { AppError } from '../../../../shared/errors.ts';
import { dnsOfCall } from '../../../core/calls/call-view.ts';
import type { CallCommands, CallHandle, CommandOutcome } from '../../../core/ports.ts';
import type { Principal } from '../../../guards/principal.ts';
import { type RouteCall, route } from '../../http/route.ts';
import { ActiveCallsAnswer } from './active-calls.ts';
import type { RelayParts, RelayRoute } from './parts.ts';
import {
  activeCallSchema,
  activeCallsSchema,
  makeCallBody,
  nothingBody,
  outcomeSchema,
  targetBody,
} from './schemas.ts';

type Asked = RouteCall<Principal>;

/** Active calls, and what can be done with them. */
export function callRoutes(parts: RelayParts): RelayRoute[] {
  const activeCalls = new ActiveCallsAnswer(parts);
  return [
    {
      method: 'GET',
      path: '/relay/active-calls',
      summary: 'All calls that are open now',
      right: 'read',
      answers: { 200: { description: 'The calls', schema: activeCallsSchema } },
      handle: ({ who }) => ({
        status: 200,
        json: activeCalls.json(who.onlyDns),
      }),
    },
    {
      method: 'GET',
      path: '/relay/active-calls/:id',
      summary: 'One open call',
      right: 'read',
      answers: { 200: { description: 'The call', schema: activeCallSchema } },
      handle: asked => ({ status: 200, body: { ...parts.health.calls(), call: callAsked(parts, asked) } }),
    },
    route({
      method: 'POST',
      path: '/relay/calls',
      summary: 'Call a number from an extension',
      right: 'write',
      body: makeCallBody,
      answers: {
        202: {
          description: 'The phone system accepted; the call comes through the log',
          schema: outcomeSchema,
        },
      },
      handle: async ({
        body: { from, to },
        who,
      }: RouteCall<Principal, object, z.output<typeof makeCallBody>>) => {
        if (who.onlyDns && !who.onlyDns.has(from)) {
          throw new AppError('E_FORBIDDEN', { detail: 'This key may not call from that extension.' });
        }
        return { status: 202, body: await commandsOf(parts).makeCall({ from, to }) };
      },
    }),
    ...COMMANDS.map(command => commandRoute(parts, command)),
  ];
}

interface Command {
  name: string;
  summary: string;
  hasTarget: boolean;
  run(commands: CallCommands, call: CallHandle, to: string): Promise<CommandOutcome>;
}

const COMMANDS: readonly Command[] = [
  { name: 'drop', summary: 'End a call', hasTarget: false, run: (commands, call) => commands.drop(call) },
  {
    name: 'answer',
    summary: 'Answer a ringing call, where the phone can be told to',
    hasTarget: false,
    run: (commands, call) => commands.answer(call),
  },
  {
    name: 'divert',
    summary: 'Send a ringing call elsewhere',
    hasTarget: true,
    run: (commands, call, to) => commands.divert(call, to),
  },
  {
    name: 'transfer',
    summary: 'Hand a connected call on',
    hasTarget: true,
    run: (commands, call, to) => commands.transfer(call, to),
  },
];

function commandRoute(parts: RelayParts, { name, summary, hasTarget, run }: Command): RelayRoute {
  return {
    method: 'POST',
    path: `/relay/active-calls/:id/${name}`,
    summary,
    right: 'write',
    body: hasTarget ? targetBody : nothingBody,
    answers: {
      202: {
        description: 'The phone system accepted; what happens comes through the log',
        schema: outcomeSchema,
      },
    },
    handle: async asked => {
      const { sourceCallId, legs } = callAsked(parts, asked);
      const to = hasTarget ? targetBody.parse(asked.body).to : '';
      return { status: 202, body: await run(commandsOf(parts), { sourceCallId, legs }, to) };
    },
  };
}

/** A call outside a key's restriction is as little there as one that does not exist. */
function callAsked({ book }: RelayParts, { params, who }: Asked): Call {
  const call = book.find(params['id'] ?? '');
  const isVisible = call && (who.onlyDns === null || dnsOfCall(call).some(dn => who.onlyDns?.has(dn)));
  if (!call || !isVisible || call.state === 'ended') {
    throw new AppError('E_NOT_FOUND', {
      detail: 'No open call has this id; GET /relay/active-calls lists them.',
    });
  }
  return call;
}

function commandsOf({ source }: RelayParts): CallCommands {
  if (source.commands === null) {
    const detail =
      'Call control is not available on this phone system: the API client needs its "Call Control API access" box and the licence for it.';
    throw new AppError('E_NOT_SUPPORTED', { detail });
  }
  return source.commands;
}
