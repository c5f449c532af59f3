import type { Story } from '../story.ts';

export const outboundBusy: Story = {
  name: 'outbound-busy',
  title: 'Ben dials a customer whose line is busy',
  steps: [
    { at: 0, do: 'dial', call: 'A', by: '102', to: '+441632960099' },
    { at: 3, do: 'giveUp', call: 'A', dn: '10001', because: 'busy' },
    { at: 6, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
