import type { Story } from '../story.ts';

export const busyToVoicemail: Story = {
  name: 'busy-to-voicemail',
  title: 'Ada’s phone says busy at once, the call goes to voicemail and the customer leaves a message',
  steps: [
    { at: 0, do: 'dialIn', call: 'A', from: '+441632960017', name: 'Grove, Hal', did: '+442079460200' },
    { at: 0.2, do: 'route', call: 'A', to: '101' },
    { at: 0.25, do: 'giveUp', call: 'A', dn: '101', because: 'busy' },
    { at: 0.3, do: 'route', call: 'A', to: '999' },
    { at: 32, do: 'hangUp', call: 'A', by: 'caller' },
  ],
};
