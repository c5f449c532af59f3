import type { Story } from '../story.ts';

export const queueAbandoned: Story = {
  name: 'queue-abandoned',
  title: 'A customer waits in queue 900 while two agents ring, and hangs up before anybody answers',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+12025550147', did: '+442079460300' },
    { at: 0.2, do: 'route', call: 'A', to: '900' },
    { at: 3, do: 'poll', call: 'A', dns: ['101', '102'] },
    { at: 13, do: 'giveUp', call: 'A', dn: '102', because: 'declined' },
    { at: 19, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
