import type { Story } from '../story.ts';

export const blindTransfer: Story = {
  name: 'blind-transfer',
  title: 'Ada sends her caller on to Ben without asking; he answers',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 4, do: 'answer', call: 'A', dn: '101' },
    { at: 30, do: 'transfer', call: 'A', by: '101', to: '102' },
    { at: 36, do: 'answer', call: 'A', dn: '102' },
    { at: 90, do: 'hangUp', call: 'A', by: '102' },
  ],
};
