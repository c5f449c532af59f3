import { afterAll, beforeAll, expect, it } from 'vitest';
import { knobsSchema } from '../../src/simulator/knobs.ts';
import { STORIES } from '../../src/simulator/stories/index.ts';
import { type Rig, startRig } from './rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig({ knobs: { version: '20.0.8.1' } });
});
afterAll(() => rig.stop());

it('lists what there is', async () => {
  const { body } = await rig.control('GET', '/');
  expect(body.routes).toContain('GET /knobs');
  expect(body.breaks.cutSockets).toContain('1006');
  expect((await rig.control('GET', '/stories')).body).toHaveLength(STORIES.length);
  expect((await rig.control('GET', '/stories/direct-answered')).body).toContain('Records');
});

it('turns knobs, leaves the others alone, and puts them back as they stood at the start', async () => {
  const { body } = await rig.control('PATCH', '/knobs', { httpDelayMs: 5 });
  expect(body).toEqual({ ...knobsSchema.parse({}), version: '20.0.8.1', httpDelayMs: 5 });
  expect((await rig.control('DELETE', '/knobs')).body).toEqual({
    ...knobsSchema.parse({}),
    version: '20.0.8.1',
  });
});

it.each([
  ['PATCH', '/knobs', { nonsense: 1 }, 400, 'nonsense'],
  ['PATCH', '/knobs', { httpStatus: 'x' }, 400, 'httpStatus'],
  ['PATCH', '/knobs', { version: '20.0\n' }, 400, 'ASCII'],
  ['PATCH', '/knobs', { version: 'zwanzig ü' }, 400, 'ASCII'],
  ['PATCH', '/knobs', { version: '' }, 400, 'ASCII'],
  ['PATCH', '/knobs', { version: '2'.repeat(65) }, 400, 'ASCII'],
  ['POST', '/break/nothing', {}, 404, 'nothing'],
  ['POST', '/break/closeSockets', { code: 5 }, 400, 'code'],
  ['POST', '/break/closeSockets', { code: 1006 }, 400, 'cutSockets'],
  ['POST', '/break/closeSockets', { code: 2999 }, 400, 'code'],
  ['POST', '/play', { story: 'nobody-wrote-this' }, 404, 'story'],
  ['POST', '/play', { steps: [{ at: 0, do: 'fly', call: 'x' }] }, 400, 'do'],
  ['POST', '/act', { do: 'dial', call: 'x', by: '101' }, 400, 'to'],
  ['PATCH', '/agents/999', { profile: 'Away' }, 404, '999'],
  ['GET', '/nowhere', undefined, 404, 'nowhere'],
  ['PUT', '/knobs', {}, 405, 'PUT'],
])('refuses %s %s %j and says why', async (method, path, body, status, word) => {
  const reply = await rig.control(method, path, body);
  expect(reply.status).toBe(status);
  expect(reply.body.error.message).toContain(word);
  expect(reply.body.error.hint).not.toBe('');
});

it('plays a story, its own steps, and single actions', async () => {
  await rig.client.connect();
  const steps = [
    { at: 0, do: 'dial', call: 'A', by: '103', to: '104' },
    { at: 0.05, do: 'answer', call: 'A', dn: '104' },
    { at: 0.1, do: 'hangUp', call: 'A', by: 'caller' },
  ];
  expect((await rig.control('POST', '/play', { story: 'mine', steps, times: 2 })).status).toBe(202);
  await expect.poll(() => rig.client.frames.filter(frame => frame.eventType === 1).length).toBe(4);
  await rig.control('POST', '/act', { do: 'dial', call: 'single', by: '101', to: '102' });
  expect((await rig.control('GET', '/calls')).body).toMatchObject([
    { call: 'single', Caller: '101 Test, Ada' },
  ]);
  expect((await rig.control('POST', '/act', { do: 'answer', call: 'gone' })).body).toEqual({ done: false });
});

it('tells how the CDR service and the database are', async () => {
  const { body } = await rig.control('GET', '/status');
  expect(body.cdr).toEqual({ port: null, fault: null, folder: expect.stringContaining('cdr') });
  expect(body.database).toBeNull();
});

it('opens and closes the office, changes agents, and writes a past', async () => {
  const before = (await rig.control('GET', '/status')).body.actions;
  await rig.control('PATCH', '/office', { callsPerMinute: 6000 });
  await expect
    .poll(async () => (await rig.control('GET', '/status')).body.actions)
    .toBeGreaterThan(before + 20);
  await rig.control('PATCH', '/office', { callsPerMinute: 0 });
  const agent = await rig.control('PATCH', '/agents/101', { queueStatus: 'LoggedOut', profile: 'Away' });
  expect(agent.body).toMatchObject({ dn: '101', queueStatus: 'LoggedOut', profile: 'Away' });
  const { body } = await rig.get("/xapi/v1/Users?$filter=Number eq '101'");
  expect(body.value).toMatchObject([{ QueueStatus: 'LoggedOut', CurrentProfileName: 'Away' }]);
  const past = await rig.control('POST', '/history', { days: 3, callsPerDay: 50 });
  expect(past.body.records).toBeGreaterThan(20);
});
