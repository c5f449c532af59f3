import type { Story } from '../story.ts';

export const routePoint: Story = {
  name: 'route-point',
  title: 'A call reaches the API client’s own route point, is answered there and dials digits',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+442079460177', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: 'relay' },
    { at: 1, do: 'answer', call: 'A', dn: 'relay' },
    { at: 5, do: 'press', call: 'A', digits: '5' },
    { at: 9, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
