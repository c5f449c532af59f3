import { expect, it } from 'vitest';
import { Clock } from '../clock.ts';
import { perform } from '../exchange/actions/perform.ts';
import { buildDirectory } from '../exchange/directory.ts';
import { Switchboard } from '../exchange/switchboard.ts';
import { findStory, STORIES } from './index.ts';
import { StoryPlayer } from './player.ts';
import type { Story } from './story.ts';

function stage() {
  const clock = new Clock({ startsAt: 0 });
  const directory = buildDirectory({ extensions: 10, queues: 2, routePoint: 'relay' });
  const switchboard = new Switchboard(directory, () => clock.now());
  const performed: string[] = [];
  const player = new StoryPlayer({
    clock,
    switchboard,
    perform: action => {
      performed.push(action.do);
      return perform(switchboard, action);
    },
  });
  return { clock, switchboard, player, performed };
}

function story(name: string): Story {
  const found = findStory(name);
  if (!found) throw new Error(`no story ${name}`);
  return found;
}

const HOUR_MS = 3_600_000;

it.each(STORIES)('a restart at any moment of $name leaves nobody on the phone', ({ name, steps }) => {
  for (const { at } of steps) {
    const { clock, switchboard, player } = stage();
    void player.play(story(name), 'x/');
    clock.advanceTo(at * 1000 + 1);
    perform(switchboard, { do: 'restart' });
    clock.advanceTo(3 * HOUR_MS);
    expect(switchboard.calls.size).toBe(0);
  }
});

it.each(STORIES)('a drop at any moment of $name leaves nobody on the phone', ({ name, steps }) => {
  for (const { at } of steps) {
    const { clock, switchboard, player } = stage();
    void player.play(story(name), 'x/');
    clock.advanceTo(at * 1000 + 1);
    for (const call of switchboard.calls.keys()) perform(switchboard, { do: 'hangUp', call, by: 'caller' });
    clock.advanceTo(3 * HOUR_MS);
    expect(switchboard.calls.size).toBe(0);
  }
});

it('plays on after its own restart, and begins there after one from elsewhere', () => {
  const own = stage();
  void own.player.play(story('restart'), 'x/');
  own.clock.advanceTo(60_000);
  expect([...own.switchboard.calls.keys()]).toEqual(['x/B']);

  const early = stage();
  void early.player.play(story('restart'), 'x/');
  early.clock.advanceTo(100);
  perform(early.switchboard, { do: 'restart' });
  early.clock.advanceTo(60_000);
  expect(early.performed).toEqual(['dialIn', 'restart', 'dialIn', 'route', 'answer']);
});

it('calls off what others play when one story restarts the service', async () => {
  const { clock, switchboard, player } = stage();
  const other = player.play(story('very-long'), 'other/');
  void player.play(story('restart'), 'x/');
  clock.advanceTo(30_001);
  await other;
  expect(switchboard.calls.size).toBe(0);
});

it('settles when it is stopped', async () => {
  const { clock, player } = stage();
  const played = player.play(story('direct-answered'), 'x/');
  clock.advanceTo(1000);
  player.stop();
  await played;
});
