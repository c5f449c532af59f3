import type { Switchboard } from '../switchboard.ts';
import type { Action, ActionOf } from './action.ts';
import { answer, pickup } from './answering.ts';
import { dial, dialIn } from './beginning.ts';
import { hangUp, press, repeat, restart } from './ending.ts';
import { fork, giveUp, poll, route } from './routing.ts';
import { join, transfer } from './transferring.ts';

type Perform<Name extends Action['do']> = (switchboard: Switchboard, action: ActionOf<Name>) => boolean;

const PERFORM: { [Name in Action['do']]: Perform<Name> } = {
  dialIn,
  dial,
  route,
  poll,
  fork,
  giveUp,
  answer,
  pickup,
  transfer,
  join,
  hangUp,
  press,
  repeat,
  restart,
};

export function perform(switchboard: Switchboard, action: Action): boolean {
  // The table pairs each name with its own function; the compiler cannot follow that through a lookup.
  const run = PERFORM[action.do] as Perform<Action['do']>;
  return run(switchboard, action);
}
