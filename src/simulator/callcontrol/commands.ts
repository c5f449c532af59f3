import type { Clock } from '../clock.ts';
import type { Action } from '../exchange/actions/action.ts';
import { answersItself } from '../exchange/actions/routing.ts';
import type { Call, Leg } from '../exchange/call.ts';
import type { Switchboard } from '../exchange/switchboard.ts';
import type { KnobBoard } from '../knobs.ts';
import { hasDirectControl } from './participant.ts';
import { canCall } from './views.ts';

interface CommandParts {
  switchboard: Switchboard;
  perform: (action: Action) => boolean;
  clock: Clock;
  knobs: KnobBoard;
}

/** Why the PBX would not do it; 422 on the wire. */
export type Refusal = { refused: string };

const MS_PER_SECOND = 1000;

/** What an API client may ask for, and the people at the other phones who then answer and hang up by themselves. */
export class CallCommands {
  readonly #parts: CommandParts;
  #ordered = 0;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  makeCall(dn: string, destination: string): Leg | Refusal {
    const { perform, switchboard } = this.#parts;
    const from = switchboard.directory.find(dn);
    if (!from) return { refused: `There is no DN ${dn} to call from` };
    if (!canCall(from)) return { refused: 'The DN has no device to call from' };
    if (destination === '' || destination === dn) return { refused: 'The destination cannot be called' };
    this.#ordered += 1;
    const key = `order-${this.#ordered}`;
    perform({ do: 'dial', call: key, by: dn, to: destination });
    const call = switchboard.calls.get(key);
    const leg = call?.legs.find(candidate => candidate.own.dn === dn);
    if (!call || !leg) return { refused: 'The call could not be started' };
    this.#answerLater(key, call.head.destination.dn);
    return leg;
  }

  drop(call: Call, leg: Leg): true | Refusal {
    const { perform } = this.#parts;
    const dn = leg.own.dn;
    if (leg.status !== 'Ringing') return done(perform({ do: 'hangUp', call: call.key, by: dn }));
    const isGroupMember = call.head.destination !== leg.own;
    const gaveUp = perform({ do: 'giveUp', call: call.key, dn, because: 'declined' });
    return done(isGroupMember ? gaveUp : perform({ do: 'hangUp', call: call.key, by: 'callee' }));
  }

  answer(call: Call, leg: Leg): true | Refusal {
    const { perform, switchboard } = this.#parts;
    if (!hasDirectControl(switchboard.directory.find(leg.own.dn))) {
      return { refused: 'The device cannot be told to answer: it has no direct control' };
    }
    if (leg.status !== 'Ringing') return { refused: 'Only a ringing call can be answered' };
    return done(perform({ do: 'answer', call: call.key, dn: leg.own.dn }));
  }

  divert(call: Call, leg: Leg, to: string): true | Refusal {
    if (leg.status !== 'Ringing') return { refused: 'Only a ringing call can be diverted' };
    if (to === leg.own.dn) return { refused: 'A call cannot be diverted to where it rings' };
    const { perform } = this.#parts;
    const isDone = perform({ do: 'route', call: call.key, to, because: 'user_requested' });
    this.#answerLater(call.key, to);
    return done(isDone);
  }

  routeTo(call: Call, to: string): true | Refusal {
    const isDone = this.#parts.perform({ do: 'fork', call: call.key, to });
    this.#answerLater(call.key, to);
    return done(isDone);
  }

  /** The other side waits during the attempt and comes back when nobody answers within the time-out. */
  transferTo(call: Call, leg: Leg, target: { to: string; timeoutSeconds: number }): true | Refusal {
    if (leg.status !== 'Connected') return { refused: 'Only a connected call can be transferred' };
    const { perform, clock, knobs, switchboard } = this.#parts;
    const { to, timeoutSeconds } = target;
    const by = leg.own.dn;
    if (to === by) return { refused: 'A call cannot be transferred to where it is' };
    if (!perform({ do: 'transfer', call: call.key, by, to }))
      return { refused: 'The call cannot be transferred' };
    if (knobs.current.answerAfterSeconds <= timeoutSeconds) {
      this.#answerLater(call.key, to);
      return true;
    }
    clock.after(timeoutSeconds * MS_PER_SECOND, () => {
      // Outside numbers ring at a trunk.
      const dn = switchboard.dnFor(to).number;
      const isStillRinging = perform({ do: 'giveUp', call: call.key, dn, because: 'no_answer' });
      if (!isStillRinging) return;
      perform({ do: 'route', call: call.key, to: by });
      perform({ do: 'answer', call: call.key, dn: by });
    });
    return true;
  }

  #answerLater(key: string, number: string): void {
    const { clock, knobs, perform, switchboard } = this.#parts;
    const { answerAfterSeconds, talkSeconds } = knobs.current;
    const dn = switchboard.dnFor(number).number;
    clock.after(answerAfterSeconds * MS_PER_SECOND, () => {
      const hasAnswered = perform({ do: 'answer', call: key, dn });
      const talking = switchboard.calls.get(key)?.head;
      const { destination } = talking ?? {};
      // Queues, menus and the like have answered before.
      const isMachine = destination?.dn === dn && answersItself(destination);
      if (!talking || !(hasAnswered || isMachine)) return;
      clock.after(talkSeconds * MS_PER_SECOND, () => {
        // Whoever took the call over meanwhile ends it when he likes.
        const isStillTalking = switchboard.calls.get(key)?.head === talking;
        if (isStillTalking) perform({ do: 'hangUp', call: key, by: 'callee' });
      });
    });
  }
}

function done(isDone: boolean): true | Refusal {
  return isDone ? true : { refused: 'The call is in no state to do that' };
}
