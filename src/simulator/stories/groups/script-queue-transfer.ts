import type { Story } from '../story.ts';

export const scriptQueueTransfer: Story = {
  name: 'script-queue-transfer',
  title: 'A call script sends the caller to queue 900, agent 101 answers and transfers to 103',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460200' },
    { at: 0.1, do: 'route', call: 'A', to: 'welcome.Main' },
    { at: 8, do: 'route', call: 'A', to: '900' },
    { at: 10, do: 'poll', call: 'A', dns: ['102', '101'] },
    { at: 15, do: 'answer', call: 'A', dn: '101' },
    { at: 60, do: 'transfer', call: 'A', by: '101', to: '103' },
    { at: 64, do: 'answer', call: 'A', dn: '103' },
    { at: 120, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
