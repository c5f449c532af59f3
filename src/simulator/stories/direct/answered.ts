import type { Story } from '../story.ts';

export const directAnswered: Story = {
  name: 'direct-answered',
  title: 'A customer calls 101 directly, Ada answers after nine seconds, the customer hangs up',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 9.5, do: 'answer', call: 'A', dn: '101' },
    { at: 73.5, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
