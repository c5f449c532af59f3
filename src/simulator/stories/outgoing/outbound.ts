import type { Story } from '../story.ts';

export const outbound: Story = {
  name: 'outbound',
  title: 'Ben dials a customer, who answers; Ben hangs up',
  steps: [
    { at: 0, do: 'dial', call: 'A', by: '102', to: '+441632960099' },
    { at: 11, do: 'answer', call: 'A' },
    { at: 75, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
