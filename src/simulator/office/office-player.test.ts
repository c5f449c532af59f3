import { expect, it } from 'vitest';
import { Clock } from '../clock.ts';
import { AgentBoard } from '../exchange/agent-board.ts';
import { buildDirectory } from '../exchange/directory.ts';
import type { Story } from '../stories/story.ts';
import { OfficePlayer } from './office-player.ts';

const directory = buildDirectory({ extensions: 40, queues: 4, routePoint: 'relay' });
const HOUR_MS = 3_600_000;

function open(speed = 1) {
  const clock = new Clock({ startsAt: 0, speed });
  const played: { at: number; story: Story }[] = [];
  const agents = new AgentBoard(directory, () => clock.now());
  const play = (story: Story): void => void played.push({ at: clock.now(), story });
  const player = new OfficePlayer({ clock, speed, directory, agents, seed: 7, play });
  return { clock, played, player };
}

it('lives the same day at any speed', () => {
  const [slow, fast] = [open(), open(10)];
  for (const { player } of [slow, fast]) player.setPace(60);
  slow.clock.advanceTo(HOUR_MS);
  fast.clock.advanceTo(HOUR_MS / 10);
  expect(slow.played.length).toBeGreaterThan(3000);
  expect(fast.played.map(({ story }) => story)).toEqual(slow.played.map(({ story }) => story));
});

it('goes on with its day at another pace, at once, and begins nothing anew', () => {
  const { clock, played, player } = open();
  player.setPace(0.001);
  clock.advanceTo(1000);
  player.setPace(60);
  clock.advanceTo(HOUR_MS);
  player.setPace(0);
  clock.advanceTo(2 * HOUR_MS);
  expect(played.at(-1)?.at).toBeLessThanOrEqual(HOUR_MS);
  player.setPace(600);
  clock.advanceTo(2 * HOUR_MS + 60_000);
  const names = played.map(({ story }) => story.name);
  expect(new Set(names).size).toBe(names.length);
  const perMinute = played.filter(({ at }) => at > 2 * HOUR_MS).length;
  expect(perMinute).toBeGreaterThan(500);
  expect(perMinute).toBeLessThan(700);
  const inFirstHour = played.filter(({ at }) => at <= HOUR_MS).length;
  expect(inFirstHour).toBeGreaterThan(3300);
  expect(inFirstHour).toBeLessThan(3900);
});
