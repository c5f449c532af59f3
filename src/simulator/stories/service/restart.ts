import type { Story } from '../story.ts';

export const restart: Story = {
  name: 'restart',
  title: 'The service restarts during a call; the next call gets the same numbers again',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460101', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 4, do: 'answer', call: 'A', dn: '101' },
    { at: 30, do: 'restart' },
    { at: 45, do: 'dialIn', call: 'B', from: '+442079460188', did: '+442079460200' },
    { at: 45.2, do: 'route', call: 'B', to: '101' },
    { at: 50, do: 'answer', call: 'B', dn: '101' },
    { at: 75, do: 'hangUp', call: 'B', by: 'caller' },
  ],
};
