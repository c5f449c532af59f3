import type { Story } from '../story.ts';

export const ringGroup: Story = {
  name: 'ring-group',
  title: 'Three phones of the reception ring together, the second answers, the others stop',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460155', did: '+442079460201' },
    { at: 0.2, do: 'route', call: 'A', to: '800' },
    { at: 0.3, do: 'poll', call: 'A', dns: ['101', '102', '103'] },
    { at: 6, do: 'answer', call: 'A', dn: '102' },
    { at: 40, do: 'hangUp', call: 'A', by: '102' },
  ],
};
