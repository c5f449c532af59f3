import type { Story } from '../story.ts';

export const internalUnanswered: Story = {
  name: 'internal-unanswered',
  title: 'Ada calls Ben, who declines; Ada hangs up',
  steps: [
    { at: 0, do: 'dial', call: 'A', by: '101', to: '102' },
    { at: 5, do: 'giveUp', call: 'A', dn: '102', because: 'declined' },
    { at: 8, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
