import type { Story } from '../story.ts';

export const outboundTransferred: Story = {
  name: 'outbound-transferred',
  title: 'Ben dials a customer and hands the conversation to Cleo',
  steps: [
    { at: 0, do: 'dial', call: 'A', by: '102', to: '+441632960031' },
    { at: 7, do: 'answer', call: 'A' },
    { at: 25, do: 'transfer', call: 'A', by: '102', to: '103' },
    { at: 29, do: 'answer', call: 'A', dn: '103' },
    { at: 66, do: 'hangUp', call: 'A', by: '103' },
  ],
};
