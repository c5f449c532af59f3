import { describe, expect, it } from 'vitest';
import { LegBook } from '../../src/daemon/sources/threecx/live/leg-book.ts';
import { RestartWatch } from '../../src/daemon/sources/threecx/live/restart-watch.ts';
import { parseDnList, parseParticipant } from '../../src/daemon/sources/threecx/messages.ts';

const leg = (id: number, status = 'Connected', changes: object = {}) =>
  parseParticipant({ id, status, dn: '101', callid: 1, legid: 2, ...changes });
const snapshot = (...legs: ReturnType<typeof leg>[]) =>
  parseDnList([{ dn: '101', type: 'Wextension', devices: [], participants: legs }]);
const options = { isPending: () => false, onGone: () => {} };

describe('the leg book', () => {
  const idsOf = (legs: { legId: string; state: string }[]) =>
    legs.map(({ legId, state }) => `${legId} ${state}`);

  it('takes a snapshot over and counts what nobody had told', () => {
    const book = new LegBook(() => {});
    for (const one of [leg(1), leg(2, 'Ringing'), leg(3)]) book.see(one);
    book.snapshotBegins();
    const { legs, missed } = book.merge(snapshot(leg(1), leg(2), leg(4, 'Ringing')), options);
    expect(idsOf(legs)).toEqual(['1 connected', '2 connected', '4 ringing']);
    expect(missed).toBe(3);
  });

  it('believes what it was told while the snapshot was on its way', () => {
    const book = new LegBook(() => {});
    book.see(leg(1));
    book.see(leg(2));
    book.snapshotBegins();
    book.forget({ dn: '101', id: 1 });
    book.see(leg(2, 'Connected', { party_dn: '103' }));
    book.see(leg(5, 'Ringing'));
    const { legs, missed } = book.merge(snapshot(leg(1), leg(2, 'Ringing')), options);
    expect(idsOf(legs)).toEqual(['2 connected', '5 ringing']);
    expect(missed).toBe(0);
  });

  it('does not count what is being asked for already', () => {
    const book = new LegBook(() => {});
    book.see(leg(1));
    book.snapshotBegins();
    expect(book.merge(snapshot(leg(2)), { ...options, isPending: () => true }).missed).toBe(0);
  });

  it('remembers who dialled, and asks anew when the leg comes into another call', () => {
    const book = new LegBook(() => {});
    expect(book.see(leg(1, 'Dialing', { legid: 3 })).role).toBe('caller');
    expect(book.see(leg(1, 'Connected', { legid: 3 })).role).toBe('caller');
    expect(book.see(leg(1, 'Connected', { legid: 3, callid: 2 })).role).toBe('callee');
  });
});

describe('the restart watch', () => {
  function seen(...legs: ReturnType<typeof leg>[]): RestartWatch {
    const watch = new RestartWatch();
    for (const one of legs) watch.note(one);
    return watch;
  }

  it('sees no restart while the connection holds, whatever comes back', () => {
    const watch = seen(leg(1), leg(2));
    watch.gone(1);
    expect(watch.provesRestart([leg(1, 'Ringing'), leg(2, 'Ringing')])).toBe(false);
  });

  it.each([
    ['an id of a leg that was gone', leg(1)],
    ['an id at another number', leg(2, 'Connected', { dn: '102' })],
    ['a connected leg that rings again', leg(2, 'Ringing')],
  ])('sees one after a lost connection by %s', (_name, proof) => {
    const watch = seen(leg(1), leg(2));
    watch.gone(1);
    watch.connectionLost();
    expect(watch.provesRestart([proof])).toBe(true);
  });

  it('sees one by ids far below, none by ids that were only late', () => {
    const watch = seen(leg(8106));
    watch.connectionLost();
    expect(watch.provesRestart([leg(8105)])).toBe(false);
    expect(watch.provesRestart([leg(3)])).toBe(true);
  });

  it('takes a survivor as proof that nothing restarted', () => {
    const watch = seen(leg(1), leg(2));
    watch.gone(1);
    watch.connectionLost();
    expect(watch.provesRestart([leg(2)])).toBe(false);
    expect(watch.provesRestart([leg(1)])).toBe(false);
  });
});
