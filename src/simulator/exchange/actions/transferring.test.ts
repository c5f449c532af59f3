import { expect, it } from 'vitest';
import type { CallRecord } from '../call-record.ts';
import { buildDirectory } from '../directory.ts';
import { Switchboard } from '../switchboard.ts';
import type { Action } from './action.ts';
import { perform } from './perform.ts';

function exchange() {
  const directory = buildDirectory({ extensions: 10, queues: 2, routePoint: 'relay' });
  const switchboard = new Switchboard(directory, () => 0);
  const records: CallRecord[] = [];
  switchboard.onOccurrence(occurrence => {
    if (occurrence.kind === 'recordClosed') records.push(occurrence.record);
  });
  const act = (action: Action): boolean => perform(switchboard, action);
  for (const [call, by, to] of [
    ['A', '101', '102'],
    ['B', '101', '103'],
  ] as const) {
    act({ do: 'dial', call, by, to });
    act({ do: 'answer', call, dn: to });
  }
  return { switchboard, records, act };
}

it('joins no call with itself and transfers nobody to himself', () => {
  const { switchboard, act, records } = exchange();
  expect(act({ do: 'join', call: 'A', with: 'A', by: '101' })).toBe(false);
  expect(act({ do: 'transfer', call: 'A', by: '101', to: '101' })).toBe(false);
  expect(records).toEqual([]);
  expect(switchboard.calls.size).toBe(2);
});

it.each([
  { do: 'join', call: 'A', with: 'B', by: '101' },
  { do: 'transfer', call: 'A', by: '101', to: '105' },
] as const)('$do ends what still rings elsewhere for the call', action => {
  const { switchboard, act, records } = exchange();
  act({ do: 'fork', call: 'A', to: '104' });
  expect(act(action)).toBe(true);
  expect(switchboard.legsOfDn('104')).toEqual([]);
  expect(records.find(record => record.destination_dn_number === '104')).toMatchObject({
    termination_reason: 'cancelled',
    termination_reason_details: 'completed_elsewhere',
  });
});
