import type { Story } from '../story.ts';

export const veryLong: Story = {
  name: 'very-long',
  title: 'A call that lasts five hours, longer than any token, poll window or outage',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460144', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 5, do: 'answer', call: 'A', dn: '101' },
    { at: 18_005, do: 'hangUp', call: 'A', by: '101' },
  ],
};
