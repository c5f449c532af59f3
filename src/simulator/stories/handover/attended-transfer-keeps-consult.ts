import type { Story } from '../story.ts';

export const attendedTransferKeepsConsult: Story = {
  name: 'attended-transfer-keeps-consult',
  title:
    'Ada asks Cleo in a second call whether she takes the customer, then connects the two; the consult’s call id lives on',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 5, do: 'answer', call: 'A', dn: '101' },
    { at: 40, do: 'repeat', call: 'A', dn: '101' },
    { at: 42, do: 'dial', call: 'B', by: '101', to: '103' },
    { at: 46, do: 'answer', call: 'B', dn: '103' },
    { at: 58, do: 'join', call: 'A', with: 'B', by: '101', survivor: 'consult' },
    { at: 180, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
