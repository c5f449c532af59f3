import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { STORIES } from '../../src/simulator/stories/index.ts';
import type { Story } from '../../src/simulator/stories/story.ts';
import { tell } from '../../src/simulator/stories/telling.ts';
import { ReferenceClient } from './reference-client.ts';

// Each story is played live, compressed, to a client that knows only the reference; what it saw on the wire must be
// what the expected page says, and what the rows of the database say afterwards.
const STORY_SECONDS = 0.8;
const TOLERANCE_MS = 250;

let simulator: Simulator;
let database: pg.Client;
let client: ReferenceClient;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 1 });
  const { database: address, pbxUrl, clientId, clientSecret } = simulator.addresses;
  if (!address) throw new Error(`These stories need PostgreSQL: ${simulator.addresses.databaseMissing}`);
  const { host, port, user, password, database: name } = address;
  database = new pg.Client({ host, port, user, password, database: name });
  await database.connect();
  client = new ReferenceClient(pbxUrl, { clientId, clientSecret });
  await client.connect();
});

afterAll(async () => {
  await client.close();
  await database.end();
  await simulator.stop();
});

it.each(STORIES)('a plain client sees $name as it was written', async story => {
  client.frames.length = 0;
  client.states.length = 0;
  const startedAt = new Date();
  await simulator.pbx.play(compressed(story));
  await expect.poll(() => client.frames.length).toBe(tell(story).frames.length);
  await client.caughtUp();

  expect(client.frames.map(frame => `${frame.eventType} ${frame.entity.split('/')[2]}`)).toEqual(
    tell(story).frames.map(frame => `${frame.eventType} ${frame.dn}`),
  );
  for (const frames of Map.groupBy(client.frames, frame => frame.socket).values()) {
    const sequences = frames.map(frame => frame.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => (sequences[0] ?? 0) + index));
  }
  expect([...client.participants.values()]).toEqual([]);

  await simulator.settled();
  const { rows } = await database.query(
    'SELECT * FROM cdroutput WHERE cdr_started_at >= $1 ORDER BY cdr_id',
    [startedAt],
  );
  const flows = Map.groupBy(rows, row => row.main_call_history_id);
  expect(flows.size).toBe(new Set(tell(story).records.map(({ record }) => record.main_call_history_id)).size);
  for (const [talker, at] of talkersOf(rows)) {
    const seen = client.states.find(
      state =>
        state.participant.dn === talker &&
        state.participant.status === 'Connected' &&
        Math.abs(state.receivedAt - at) < TOLERANCE_MS,
    );
    expect(seen, `${talker} answered at ${new Date(at).toISOString()}`).toBeDefined();
  }
});

/** The story in less than a second: what counts is the order, and the pauses keep their proportions. */
function compressed(story: Story): Story {
  const lastAt = Math.max(...story.steps.map(step => step.at));
  return { ...story, steps: story.steps.map(step => ({ ...step, at: (step.at / lastAt) * STORY_SECONDS })) };
}

function talkersOf(rows: Record<string, unknown>[]): [string, number][] {
  return rows
    .filter(row => row['destination_entity_type'] === 'extension' && row['cdr_answered_at'] !== null)
    .map(row => [String(row['destination_dn_number']), (row['cdr_answered_at'] as Date).getTime()]);
}
