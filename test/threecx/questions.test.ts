import { describe, expect, it } from 'vitest';
import { Turnstile } from '../../src/daemon/sources/threecx/http/turnstile.ts';
import { parseParticipant } from '../../src/daemon/sources/threecx/messages.ts';
import { type Finding, Participants } from '../../src/daemon/sources/threecx/socket/participants.ts';

const leg = (id: number) => ({ dn: '101', id });
const told = (id: number, status: string) => parseParticipant({ id, status, dn: '101', callid: 1 });

/** Questions that are answered when the test says so. */
function desk(questionsMax = 100) {
  const open: { id: number; answer: (finding: Finding) => void }[] = [];
  const found: string[] = [];
  let overflows = 0;
  const participants = new Participants({
    ask: ({ id }) => new Promise(resolve => open.push({ id, answer: resolve })),
    found: finding => {
      if (finding.kind === 'leg') found.push(`${finding.participant.id} ${finding.participant.status}`);
      if (finding.kind === 'gone') found.push(`${finding.leg.id} gone`);
    },
    overflowed: () => {
      overflows += 1;
    },
    askingMax: 4,
    questionsMax,
  });
  const answer = async (id: number, status: string): Promise<void> => {
    const place = open.findIndex(one => one.id === id);
    const [question] = open.splice(place, 1);
    if (place < 0 || !question) throw new Error(`nobody asked for ${id}`);
    question.answer({ kind: 'leg', participant: told(id, status), at: 0 });
    await new Promise(resolve => setImmediate(resolve));
  };
  participants.release();
  return { participants, found, answer, asked: () => open.map(one => one.id), overflows: () => overflows };
}

const asks = { told: null, at: 0 };

describe('questions about legs', () => {
  it('are asked four at a time, and answers handed on in the order of the events', async () => {
    const { participants, found, answer, asked } = desk();
    for (const id of [1, 2, 3, 4, 5]) participants.upserted(leg(id), asks);
    expect(asked()).toEqual([1, 2, 3, 4]);
    await answer(3, 'Ringing');
    await answer(2, 'Ringing');
    expect(found).toEqual([]);
    expect(asked()).toEqual([1, 4, 5]);
    await answer(1, 'Ringing');
    expect(found).toEqual(['1 Ringing', '2 Ringing', '3 Ringing']);
  });

  it('let no leg go before the one that took its place is there', async () => {
    const { participants, found, answer } = desk();
    participants.upserted(leg(2), asks);
    participants.removed(leg(1), 0);
    expect(found).toEqual([]);
    await answer(2, 'Connected');
    expect(found).toEqual(['2 Connected', '1 gone']);
  });

  it('about one leg are never asked twice at once, and repeats wait as one', async () => {
    const { participants, found, answer, asked } = desk();
    for (let time = 0; time < 5; time++) participants.upserted(leg(1), asks);
    expect(asked()).toEqual([1]);
    await answer(1, 'Ringing');
    expect(asked()).toEqual([1]);
    await answer(1, 'Connected');
    expect(asked()).toEqual([]);
    expect(found).toEqual(['1 Ringing', '1 Connected']);
  });

  it('are void when the leg went, or its state was told, meanwhile', async () => {
    const { participants, found, answer } = desk();
    participants.upserted(leg(1), asks);
    participants.removed(leg(1), 0);
    participants.upserted(leg(2), asks);
    participants.upserted(leg(2), { told: told(2, 'Connected'), at: 0 });
    await answer(1, 'Ringing');
    await answer(2, 'Ringing');
    expect(found).toEqual(['1 gone', '2 Connected']);
  });

  it('are asked again when a snapshot came in between', async () => {
    const { participants, found, answer, asked } = desk();
    participants.upserted(leg(1), asks);
    participants.snapshotApplied();
    await answer(1, 'Ringing');
    expect(found).toEqual([]);
    expect(asked()).toEqual([1]);
    await answer(1, 'Connected');
    expect(found).toEqual(['1 Connected']);
  });

  it('wait while a snapshot is due; what came before it was asked for is covered by it', async () => {
    const { participants, found, asked } = desk();
    participants.hold();
    participants.upserted(leg(1), asks);
    participants.dropHeld();
    participants.upserted(leg(2), asks);
    participants.removed(leg(3), 0);
    expect([found, asked()]).toEqual([[], []]);
    participants.release();
    expect(asked()).toEqual([2]);
  });

  it('beyond their limit give way to one snapshot', async () => {
    const { participants, found, answer, asked, overflows } = desk(3);
    for (const id of [1, 2, 3, 4]) participants.upserted(leg(id), asks);
    expect(overflows()).toBe(1);
    expect(participants.isHeld).toBe(true);
    for (const id of asked()) await answer(id, 'Ringing');
    participants.release();
    expect(found).toEqual([]);
  });
});

describe('the turnstile', () => {
  it('keeps places for live calls, lets them pass, and refuses a crowd', async () => {
    const turnstile = new Turnstile({ insideMax: 3, urgentPlaces: 1, waitingMax: 3 });
    const { signal } = new AbortController();
    const inside: string[] = [];
    const finish = new Map<string, () => void>();
    const go = (name: string, isUrgent: boolean, given = signal) =>
      turnstile.pass(
        () => {
          inside.push(name);
          return new Promise<void>(resolve => finish.set(name, resolve));
        },
        { signal: given, isUrgent },
      );
    const going = [go('report 1', false), go('report 2', false), go('report 3', false), go('call 1', true)];
    const tired = new AbortController();
    const late = go('report 4', false, tired.signal);
    going.push(go('call 2', true));
    await expect(go('report 5', false)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    tired.abort();
    await expect(late).rejects.toMatchObject({ code: 'E_UPSTREAM_TIMEOUT' });
    expect(inside).toEqual(['report 1', 'report 2', 'call 1']);
    for (const name of ['report 1', 'call 1', 'call 2', 'report 2', 'report 3']) {
      await expect.poll(() => finish.has(name)).toBe(true);
      finish.get(name)?.();
    }
    await Promise.all(going);
    expect(inside).toEqual(['report 1', 'report 2', 'call 1', 'call 2', 'report 3']);
  });
});
