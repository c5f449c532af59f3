import { beforeEach, expect, it } from 'vitest';
import type { Snapshot, WatchLine } from '../../../shared/control-api/watch-line.ts';
import { Sentences } from './sentences.ts';

let sentences: Sentences;
beforeEach(() => {
  sentences = new Sentences({ showsNumbers: false });
});

const disk = { code: 'DISK_LOW', severity: 'warning', what: 'Little room.', fix: 'Make some.' };
const client = (id: string, keyName: string) => ({ id, keyName, address: '192.0.2.7' });
const party = (name: string) => ({ kind: 'external', name, number: null, dn: null });
const call = (id: string, name: string) => ({
  ...{ id, state: 'ringing', from: party(name), to: party('Bob'), endReason: null, legs: [], facts: {} },
});

/** As little of it as a sentence needs. */
function snapshot(with_: object): Snapshot {
  const stats = { status: 'healthy', openCalls: 1 };
  const components = [{ component: 'database', state: 'up', reason: null, rung: null }];
  const none = { conditions: [], calls: [], clients: [], keys: [], users: [], audit: [], errors: [] };
  return { type: 'snapshot', stats, components, ...none, ...with_ } as unknown as Snapshot;
}

const error = (count: number): WatchLine =>
  ({
    ...{ type: 'error' },
    error: { severity: 'warning', code: 'X', count, detail: 'Y.', acknowledgedAt: null },
  }) as unknown as WatchLine;

it('counts as people do', () => {
  const [head] = sentences.of(snapshot({ clients: [client('1', 'crm')] }));
  expect(head).toBe('The relay is healthy: 1 call, 1 client, 0 keys.');
  expect(sentences.of(error(1))).toEqual(['warning: X, seen 1 time: Y.']);
  expect(sentences.of(error(2))).toEqual(['warning: X, seen 2 times: Y.']);
});

it('tells after a break only what is other than before it', () => {
  const seen = { conditions: [disk], calls: [call('a', 'Eve')], clients: [client('1', 'crm')] };
  expect(sentences.of(snapshot(seen)).slice(1)).toEqual([
    'Connection database is up.',
    'Wrong, warning: Little room. (DISK_LOW) What to do: Make some.',
    expect.stringMatching(/^Call from .*Eve.* to .*: ringing\.$/),
  ]);
  expect(sentences.of(snapshot(seen)).slice(1)).toEqual([]);
});

it('tells what has ended during a break', () => {
  const key = { id: 'k', name: 'old', isLive: true };
  const clients = [client('1', 'crm'), client('2', 'wallboard')];
  sentences.of(snapshot({ conditions: [disk], calls: [call('a', 'Eve')], clients, keys: [key] }));
  const now = { clients: [client('2', 'wallboard'), client('3', 'bot')], keys: [{ ...key, isLive: false }] };
  expect(sentences.of(snapshot(now)).slice(1)).toEqual([
    'No longer wrong: DISK_LOW.',
    expect.stringMatching(/^Call from .*Eve.* to .*: over, its end was not seen\.$/),
    'Client: crm at 192.0.2.7 has gone.',
    'Client: bot at 192.0.2.7 is connected.',
    'Key old (k) has ended.',
  ]);
  expect(sentences.of(snapshot(now)).slice(1)).toEqual([]);
});

it('says that nothing is wrong when it begins, and not again', () => {
  expect(sentences.of(snapshot({}))).toContain('Nothing is wrong.');
  expect(sentences.of(snapshot({}))).not.toContain('Nothing is wrong.');
});
