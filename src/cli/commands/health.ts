import { EXIT } from '../../shared/exit-codes.ts';
import { command } from '../command.ts';

/** How everything is, and what is wrong. */
export const doctorCommand = command({
  name: 'doctor',
  summary: 'Find out what is wrong and how to mend it; changes nothing, with the daemon up or down',
  about: 'All codes stand in docs/doctor.md.',
  options: {
    'key-file': { type: 'string', describe: 'Try the API key in this file; - is stdin' },
    'key-stdin': { type: 'boolean', default: false, describe: 'Try the API key from stdin' },
  },
  examples: [
    ['doctor', 'what is wrong, why, and what to do'],
    ['doctor --json | jq .data.result', 'ok, warning or fail, for a script'],
    ['doctor --key-file key.txt', 'also whether this key works'],
  ],
  exits: { [EXIT.found]: 'something fails' },
  json: { schema: 'doctor/1' },
});
