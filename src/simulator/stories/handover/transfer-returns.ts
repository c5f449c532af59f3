import type { Story } from '../story.ts';

export const transferReturns: Story = {
  name: 'transfer-returns',
  title: 'Ada sends her caller on to Cleo, who does not answer; the call comes back to Ada',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 4, do: 'answer', call: 'A', dn: '101' },
    { at: 30, do: 'transfer', call: 'A', by: '101', to: '103' },
    { at: 50, do: 'giveUp', call: 'A', dn: '103', because: 'no_answer' },
    { at: 50.1, do: 'route', call: 'A', to: '101' },
    { at: 53, do: 'answer', call: 'A', dn: '101' },
    { at: 70, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
