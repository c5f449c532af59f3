import type { Story } from '../story.ts';

export const internal: Story = {
  name: 'internal',
  title: 'Ada calls Ben, they talk, Ben hangs up',
  steps: [
    { at: 0, do: 'dial', call: 'A', by: '101', to: '102' },
    { at: 4, do: 'answer', call: 'A', dn: '102' },
    { at: 64, do: 'hangUp', call: 'A', by: '102' },
  ],
};
