import type { Story } from '../story.ts';

export const menu: Story = {
  name: 'menu',
  title: 'A caller presses 2 in the main menu and reaches Cleo',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460166', did: '+442079460202' },
    { at: 0.1, do: 'route', call: 'A', to: '700' },
    { at: 9, do: 'press', call: 'A', digits: '2' },
    { at: 9.5, do: 'route', call: 'A', to: '103' },
    { at: 14, do: 'answer', call: 'A', dn: '103' },
    { at: 45, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
