import { EXIT } from '../../shared/exit-codes.ts';
import { ENTRY_TYPES } from '../../shared/journal-entry.ts';
import { command, type Option } from '../command.ts';
import { MOMENT_FORM } from '../words/moment.ts';

const NUMBER_RULE =
  'Phone numbers are masked without --show-numbers; ids, times and places in the log never are.';

const DN = {
  dn: {
    ...{ type: 'string', many: true, live: 'dn' },
    describe: 'Only what touches this extension or queue',
  },
} as const satisfies Record<string, Option>;

/** What happens, and what happened. */
export const listenCommand = command({
  name: 'listen',
  summary: 'Follow the event log: every call event, in order, without a silent hole',
  about: `Goes on through restarts of the daemon; what was missed meanwhile comes first. What cannot be had any more is told as a gap. Into a pipe, and with --json, it writes one JSON document a line, as programs get it by WebSocket, with the epoch beside the seq: both together are the place to go on. ${NUMBER_RULE}`,
  options: {
    since: { type: 'string', describe: `Begin with what came then: ${MOMENT_FORM}` },
    after: { type: 'number', describe: 'Begin after the entry with this seq' },
    epoch: { type: 'string', describe: 'The epoch of that seq; if the log began anew, it is told as a gap' },
    until: { type: 'string', describe: `End there: ${MOMENT_FORM}; +10m is ten minutes from now` },
    follow: {
      type: 'boolean',
      default: true,
      describe: 'Print what there is, from the oldest entry if not told otherwise, and end',
    },
    'forward-to': {
      type: 'string',
      describe:
        'Also POST each entry, as JSON, to this http(s) address; one that is not taken is tried again',
    },
    type: {
      ...{ type: 'string', many: true, choices: ENTRY_TYPES },
      describe: 'Only entries of this type, and gaps',
    },
    ...DN,
  },
  examples: [
    ['listen --type call --dn 900', 'what the calls of queue 900 do, until Ctrl-C'],
    ['listen --since 1h --no-follow --json | jq .data', 'the last hour, for a script'],
    ['listen --after 1200 --epoch 5f2a… --json', 'goes on where a script stood'],
    ['listen --type call --forward-to http://127.0.0.1:3000/calls', 'to try a webhook'],
  ],
  json: { schema: 'listen/1', lines: true },
});

export const callsCommand = command({
  name: 'calls',
  summary: 'Show the calls of this moment',
  about: NUMBER_RULE,
  options: {
    ...DN,
    state: {
      ...{ type: 'string', many: true, choices: ['queued', 'ringing', 'connected', 'held', 'parked'] },
      describe: 'Only calls in this state',
    },
    watch: { type: 'boolean', default: false, describe: 'Go on until stopped, drawn anew as they change' },
  },
  examples: [
    ['calls', 'who speaks with whom'],
    ['calls --dn 900 --state queued --watch', 'who waits in queue 900'],
    ["calls --json | jq '.data.calls | length'", 'how many, for a script'],
  ],
  json: { schema: 'calls/1' },
});

export const callsShowCommand = command({
  name: 'calls show',
  summary: 'Show one call with its legs, and what happened to it',
  about: `A call that has ended stands in the history. ${NUMBER_RULE}`,
  places: { id: { describe: 'As in calls; its last characters will do', live: 'call-id' } },
  examples: [
    ['calls show 8RMY0ZC1', 'the call whose id ends so'],
    ['calls show 3cx:01M7WRFFHPX38RMY0ZC1 --json', 'for a script'],
  ],
  json: { schema: 'calls-show/1' },
});

const ZONE = {
  zone: {
    type: 'string',
    describe: "Time zone such as Europe/Berlin, of the times given and of those shown; else this host's",
  },
} as const satisfies Record<string, Option>;

export const historyCommand = command({
  name: 'history',
  summary: 'Show past calls, or write them to a file',
  about: `The newest first. With --csv or --ndjson the whole range is written, however long; times are then UTC. ${NUMBER_RULE}`,
  options: {
    since: { type: 'string', describe: `Since when: ${MOMENT_FORM}; 24 hours before the end without` },
    until: { type: 'string', describe: `Until when: ${MOMENT_FORM}; now without` },
    number: {
      type: 'string',
      describe: 'With this number on either side: whole, or its last 7 or more digits',
    },
    extension: { type: 'string', describe: 'That touched this extension', live: 'dn' },
    queue: { type: 'string', describe: 'That went through this queue or ring group', live: 'dn' },
    direction: {
      ...{ type: 'string', choices: ['inbound', 'outbound', 'internal'] },
      describe: 'Which way it went',
    },
    answered: { type: 'string', choices: ['true', 'false'], describe: 'Whether a person answered' },
    group: {
      ...{ type: 'string', default: 'calls', choices: ['calls', 'legs'] },
      describe: 'A line a call, or a line a leg',
    },
    limit: {
      type: 'number',
      default: 50,
      describe: 'At most so many of the newest (1 to 10000); not with --csv and --ndjson',
    },
    csv: {
      type: 'boolean',
      default: false,
      describe: 'The whole range as CSV, safe to open in a spreadsheet',
    },
    ndjson: { type: 'boolean', default: false, describe: 'The whole range, one JSON document a line' },
    output: {
      type: 'string',
      describe: 'Into this file, which is there only when it is whole; - is stdout',
      live: 'file',
    },
    ...ZONE,
  },
  examples: [
    ['history --queue 900 --answered false', 'who was not reached in the last 24 hours'],
    ['history --since 2026-11-01 --zone Europe/Rome --csv --output nov.csv', 'for a spreadsheet'],
    ["history --since 7d --ndjson | jq -s 'map(.talkSeconds) | add'", 'for a script'],
  ],
  exits: { [EXIT.upstream]: "the phone system's records cannot be read, or not to their end" },
  json: { schema: 'history/1' },
});

export const historyShowCommand = command({
  name: 'history show',
  summary: 'Show one past call with all its legs',
  about: NUMBER_RULE,
  places: { id: { describe: 'As history --plain and --json give it' } },
  options: ZONE,
  examples: [
    ['history show 00000000-01dd-7902-1f7a-a6100000017d', 'who had the call, and how long'],
    ['history show 00000000-01dd-7902-1f7a-a6100000017d --json', 'for a script'],
  ],
  exits: { [EXIT.upstream]: "the phone system's records cannot be read" },
  json: { schema: 'history-show/1' },
});
