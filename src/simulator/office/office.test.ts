import { expect, it } from 'vitest';
import { Clock } from '../clock.ts';
import { perform } from '../exchange/actions/perform.ts';
import { buildDirectory } from '../exchange/directory.ts';
import { Switchboard } from '../exchange/switchboard.ts';
import { StoryPlayer } from '../stories/player.ts';
import { type Happening, office } from './office.ts';
import { pastCalls } from './past.ts';

const directory = buildDirectory({ extensions: 40, queues: 4, routePoint: 'relay' });

function day(seed: number, count: number): Happening[] {
  const happenings = office({ directory, seed, callsPerMinute: () => 60 });
  return Array.from({ length: count }, () => happenings.next().value);
}

it('is the same day for the same seed and another one for another', () => {
  expect(day(7, 500)).toEqual(day(7, 500));
  expect(day(7, 500)).not.toEqual(day(8, 500));
});

it('makes as many calls as it was told, of every kind', () => {
  const calls = day(3, 3000).filter(one => one.kind === 'call');
  const minutes = (calls.at(-1)?.at ?? 0) / 60;
  expect(calls.length / minutes).toBeGreaterThan(54);
  expect(calls.length / minutes).toBeLessThan(66);
  const kinds = new Set(calls.map(call => call.story.title));
  for (const kind of [
    'direct',
    'missed',
    'voicemail',
    'queue',
    'abandoned',
    'group',
    'outbound',
    'internal',
  ]) {
    expect(kinds).toContain(kind);
  }
  expect(kinds).toContain('transfer');
  expect(kinds).toContain('attended');
});

it('books nobody twice: no step of a whole day finds nothing to act on', () => {
  const clock = new Clock({ startsAt: 0 });
  const switchboard = new Switchboard(directory, () => clock.now());
  const idle: unknown[] = [];
  const player = new StoryPlayer({
    clock,
    switchboard,
    perform: action => perform(switchboard, action) || idle.push(action) > 0,
  });
  for (const happening of day(11, 4000)) {
    clock.advanceTo(happening.at * 1000);
    if (happening.kind !== 'call') continue;
    const { story } = happening;
    void player.play(story, `${story.name}/`);
  }
  expect(idle).toEqual([]);
  expect(switchboard.calls.size).toBeGreaterThan(0);
});

it('fills the past evenly with office hours and leaves the nights alone', () => {
  const until = Date.UTC(2025, 9, 15);
  const past = [...pastCalls({ directory, seed: 2, days: 14, callsPerDay: 400, until })].flat();
  const started = past.map(({ record }) => record.cdr_started_at);
  expect(past.length).toBeGreaterThan(5000);
  expect(Math.min(...started.map(Number))).toBeGreaterThanOrEqual(until - 14 * 86_400_000);
  expect(Math.max(...started.map(Number))).toBeLessThan(until);
  const atNight = started.filter(time => time.getUTCHours() < 5).length;
  expect(atNight / started.length).toBeLessThan(0.01);
  const ids = past.map(({ record }) => record.cdr_id);
  expect(new Set(ids).size).toBe(ids.length);
});

it('lets customers in where their number leads, and none of them calls from the company itself', () => {
  const big = buildDirectory({ extensions: 200, queues: 60, routePoint: 'relay' });
  const dids = new Map(big.trunks.flatMap(trunk => trunk.dids).map(did => [did.number, did.target]));
  expect(
    new Set([...dids.values()].filter(target => big.extensions.some(one => one.number === target))).size,
  ).toBe(50);
  const happenings = office({ directory: big, seed: 4, callsPerMinute: () => 60 });
  const ways = new Set<string>();
  for (let count = 0; count < 3000; count++) {
    const happening = happenings.next().value;
    if (happening.kind !== 'call') continue;
    const [dialIn, first, second] = happening.story.steps;
    if (dialIn?.do === 'dial') expect(dids.has(dialIn.to)).toBe(false);
    if (dialIn?.do !== 'dialIn' || first?.do !== 'route') continue;
    expect(dids.has(dialIn.from)).toBe(false);
    expect(first.to).toBe(dids.get(dialIn.did));
    if (first.to === '700') expect(second).toMatchObject({ do: 'route' });
    ways.add(first.to === '700' ? 'menu' : 'direct');
  }
  expect([...ways].toSorted()).toEqual(['direct', 'menu']);
});
