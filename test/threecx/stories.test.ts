import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { STORIES } from '../../src/simulator/stories/index.ts';
import { type Bench, startBench } from './bench.ts';

let bench: Bench;
afterEach(() => bench.stop());

const KINDS = ['upsert', 'remove', 'dtmf'];
const FRAME = /(upsert|remove|dtmf)\s+(\S+?)\/(\d+)(?: (\w+) call (\d+) leg \d+ with (\S+))?/;

/** The frames a story must show, from the simulator's own written telling. */
function expectedFrames(name: string) {
  const folder = join(import.meta.dirname, '../../src/simulator/stories/expected');
  const text = readFileSync(join(folder, `${name}.txt`), 'utf8');
  const lines = text.split('\nFrames\n')[1]?.split('\n\n')[0]?.split('\n') ?? [];
  return lines.flatMap(line => {
    const [, kind = '', dn = '', id = '', status = '', call = '', other = ''] = FRAME.exec(line) ?? [];
    return kind === '' ? [] : [{ kind, leg: `${dn}/${id}`, id, status: status.toLowerCase(), call, other }];
  });
}

const stories = STORIES.filter(({ name }) => name !== 'restart').map(({ name }) => [name]);

describe('stories', () => {
  it.each(stories)('%s: every frame in the log, every leg as a fact, in order', async name => {
    bench = await startBench({ knobs: { attachedData: true }, speed: name === 'very-long' ? 10_000 : 500 });
    await bench.up();
    await bench.play(name);
    const frames = expectedFrames(name);
    await expect.poll(() => bench.drafts('call_event').length).toBe(frames.length);
    const seen = bench.bodies('call_event').map(({ event }) => {
      const [, dn, id] = /callcontrol\/([^/]+)\/participants\/(\d+)/.exec(event.entity) ?? [];
      return `${KINDS[event.event_type]} ${dn}/${id}`;
    });
    expect(seen).toEqual(frames.map(({ kind, leg }) => `${kind} ${leg}`));
    const facts = bench.handed.flatMap(one => {
      if (!('fact' in one)) return [];
      const { fact } = one;
      if (fact.kind === 'legGone') return [`gone ${fact.legId}`];
      if (fact.kind !== 'leg') return [];
      return [`${fact.own.dn}/${fact.legId} ${fact.state} ${fact.sourceCallId} ${fact.other.dn}`];
    });
    const expected = frames.flatMap(({ kind, leg, id, status, call, other }) =>
      kind === 'remove' ? [`gone ${id}`] : kind === 'upsert' ? [`${leg} ${status} ${call} ${other}`] : [],
    );
    expect(facts).toEqual(expected);
    expect(bench.legs()).toEqual([]);
    expect(bench.drafts('gap')).toEqual([]);
    expect(bench.facts('restarted')).toEqual([]);
    expect(bench.codes().filter(code => code !== 'snapshot_disagreement')).toEqual([]);
  });

  it('are the same by GET, as 3CX tells them, where only the entity is named', async () => {
    bench = await startBench({ speed: 100 });
    await bench.up();
    await expect.poll(() => bench.drafts('agent').length).toBe(20);
    await bench.play('attended-transfer');
    await expect.poll(() => bench.facts('legGone').map(({ legId }) => legId)).toEqual(['2', '3', '4']);
    const states = bench.facts('leg').map(({ own, state, role, sourceCallId, other }) => {
      return `${own.dn} ${own.name} ${role} ${state} in ${sourceCallId} with ${other.kind} ${other.number}`;
    });
    expect([...new Set(states)]).toEqual([
      '101 Test, Ada callee ringing in 1 with trunk +442079460101',
      '101 Test, Ada callee connected in 1 with trunk +442079460101',
      '101 Test, Ada caller dialing in 2 with extension 103',
      '103 Mock, Cleo callee ringing in 2 with extension 101',
      '103 Mock, Cleo callee connected in 2 with extension 101',
      '101 Test, Ada caller connected in 2 with extension 103',
      '103 Mock, Cleo callee connected in 1 with trunk +442079460101',
    ]);
  });
});

describe('a frame', () => {
  it('arrives as call_event, its text untouched', async () => {
    bench = await startBench({ speed: 500, knobs: { newTokenRevokesOld: false } });
    await bench.up();
    const headers = { authorization: `Bearer ${await bench.rig.client.token()}` };
    const socket = new WebSocket(bench.rig.simulator.addresses.socketUrl, { headers });
    const plain: string[] = [];
    socket.on('message', data => plain.push(String(data)));
    await new Promise(resolve => socket.once('open', resolve));
    await bench.play('queue-second-wave');
    await bench.play('route-point');
    await expect.poll(() => plain.length).toBeGreaterThan(10);
    await expect.poll(() => bench.drafts('call_event').length).toBe(plain.length);
    expect(bench.drafts('call_event').map(({ body }) => body)).toEqual(plain);
    expect(bench.drafts('call_event')[0]).toMatchObject({ source: '3cx', dns: ['101'] });
    socket.terminate();
  });
});
