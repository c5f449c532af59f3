import type { Story } from '../story.ts';

export const directMissed: Story = {
  name: 'direct-missed',
  title: 'A customer with a hidden number calls 101, nobody answers, the customer gives up',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: 'anonymous', name: 'Anonymous', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 24, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
