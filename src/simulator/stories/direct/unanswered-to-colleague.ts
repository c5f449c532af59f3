import type { Story } from '../story.ts';

export const unansweredToColleague: Story = {
  name: 'unanswered-to-colleague',
  title: 'Ada does not answer within twenty seconds, so the call is forwarded to Ben, who does',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+447700900123', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 20.2, do: 'giveUp', call: 'A', dn: '101', because: 'no_answer' },
    { at: 20.3, do: 'route', call: 'A', to: '102' },
    { at: 26, do: 'answer', call: 'A', dn: '102' },
    { at: 81, do: 'hangUp', call: 'A', by: '102' },
  ],
};
