import { expect, it } from 'vitest';
import { optionsSchema } from './options.ts';
import { Pbx } from './pbx.ts';
import { findStory } from './stories/index.ts';

function pbx(): Pbx {
  return new Pbx(optionsSchema.parse({}));
}

it('passes over members who are logged out when a queue offers its call, but not in a ring group', () => {
  const { agents, perform, switchboard } = pbx();
  agents.change('101', { queueStatus: 'LoggedOut' });
  for (const to of ['900', '800']) {
    perform({ do: 'dial', call: to, by: '110', to });
    expect(perform({ do: 'poll', call: to, dns: ['101', '102'] })).toBe(true);
  }
  const offered = (key: string) =>
    switchboard.calls.get(key)?.polled.map(({ destination }) => destination.dn);
  expect([offered('900'), offered('800')]).toEqual([['102'], ['101', '102']]);
  expect(perform({ do: 'poll', call: '900', dns: ['101'] })).toBe(false);
});

it('settles what is played when it is stopped', async () => {
  const exchange = pbx();
  const story = findStory('very-long');
  if (!story) throw new Error('no such story');
  exchange.start();
  const played = exchange.play(story);
  exchange.stop();
  await expect(played).resolves.toBe('very-long-1/');
});
