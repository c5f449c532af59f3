import type { Story } from '../story.ts';

export const pickup: Story = {
  name: 'pickup',
  title: 'Ada’s phone rings and Dora takes the call at her own',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+441632960080', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 8, do: 'pickup', call: 'A', by: '104' },
    { at: 50, do: 'hangUp', call: 'A', by: '104' },
  ],
};
