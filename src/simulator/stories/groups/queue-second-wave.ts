import type { Story } from '../story.ts';

export const queueSecondWave: Story = {
  name: 'queue-second-wave',
  title: 'Queue 900 rings two agents, then two others; one of the second wave answers',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460300' },
    { at: 0.2, do: 'route', call: 'A', to: '900' },
    { at: 2, do: 'poll', call: 'A', dns: ['101', '102'] },
    { at: 17, do: 'giveUp', call: 'A', dn: '101', because: 'no_answer' },
    { at: 17, do: 'giveUp', call: 'A', dn: '102', because: 'no_answer' },
    { at: 18, do: 'poll', call: 'A', dns: ['103', '104'] },
    { at: 24, do: 'answer', call: 'A', dn: '104' },
    { at: 140, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
