import type { Story } from '../story.ts';

export const queueOverflow: Story = {
  name: 'queue-overflow',
  title: 'Nobody in queue 900 answers in time, so the queue hands the caller to the ring group, which does',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+441632960044', did: '+442079460300' },
    { at: 0.2, do: 'route', call: 'A', to: '900' },
    { at: 2, do: 'poll', call: 'A', dns: ['104', '105'] },
    { at: 32, do: 'route', call: 'A', to: '800' },
    { at: 32.1, do: 'poll', call: 'A', dns: ['101', '102', '103'] },
    { at: 37, do: 'answer', call: 'A', dn: '102' },
    { at: 95, do: 'hangUp', call: 'A', by: '102' },
  ],
};
