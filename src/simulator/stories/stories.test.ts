import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../exchange/call-record.ts';
import { STORIES } from './index.ts';
import { tell } from './telling.ts';
import { tellingText } from './telling-text.ts';

it('keeps no expected page of a story that is gone', () => {
  const pages = readdirSync(join(import.meta.dirname, 'expected')).toSorted();
  expect(pages).toEqual(STORIES.map(({ name }) => `${name}.txt`).toSorted());
});

describe.each(STORIES)('story $name', story => {
  const telling = tell(story);
  const records = telling.records.map(({ record }) => record);

  it('is told as its expected page says', async () => {
    await expect(tellingText(story, telling)).toMatchFileSnapshot(`expected/${story.name}.txt`);
  });

  it('has no step that finds nothing to act on, and leaves nobody on the phone', () => {
    expect(telling.idleSteps).toEqual([]);
    expect(telling.participants.at(-1)?.participants).toEqual([]);
    expect(telling.activeCalls.at(-1)?.calls).toEqual([]);
  });

  it('says the same in records as in live frames', () => {
    expect(connectionsOfRecords(records)).toEqual(connectionsOfFrames(telling));
    expect(rungPhonesOfRecords(records)).toEqual(rungPhonesOfFrames(telling));
  });

  it('links its records into paths that begin once and end once', () => {
    const byId = new Map(records.map(record => [record.cdr_id, record]));
    expect(byId.size).toBe(records.length);
    for (const record of records) {
      if (record.continued_in_cdr_id === null) continue;
      const next = byId.get(record.continued_in_cdr_id);
      expect(next?.cdr_started_at.getTime()).toBeGreaterThanOrEqual(record.cdr_started_at.getTime());
      expect(next?.cdr_started_at.getTime()).toBeLessThanOrEqual(record.cdr_ended_at.getTime());
      expect(next?.main_call_history_id).toBe(record.main_call_history_id);
    }
    const flows = Map.groupBy(records, record => record.main_call_history_id);
    for (const flow of flows.values()) {
      const beginnings = flow.filter(record => record.originating_cdr_id === null);
      const historyIds = new Set(flow.map(record => record.call_history_id));
      expect(beginnings).toHaveLength(historyIds.size);
    }
  });

  it('gives records the times, ids and types of the reference', () => {
    const ids = records.map(record => record.cdr_id);
    for (const record of records) {
      expect(record.cdr_id).toMatch(/^00000000-01[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      const { cdr_started_at: started, cdr_answered_at: answered, cdr_ended_at: ended } = record;
      expect(ended.getTime()).toBeGreaterThanOrEqual((answered ?? started).getTime());
      expect(filetimeMs(record.cdr_id)).toBe(started.getTime());
    }
    const byStart = records.toSorted((a, b) => a.cdr_started_at.getTime() - b.cdr_started_at.getTime());
    expect(byStart.map(record => record.cdr_started_at.getTime())).toEqual(
      ids.toSorted().map(id => filetimeMs(id)),
    );
  });
});

/** When which extension was talking, by its records: an answered segment connects both its ends. */
function connectionsOfRecords(records: CallRecord[]): string[] {
  const connected = records.flatMap(record => {
    if (record.cdr_answered_at === null) return [];
    const at = record.cdr_answered_at.getTime();
    const isHuman = ['extension', 'external_line'].includes(record.destination_entity_type);
    const ends = [
      record.destination_entity_type === 'extension' ? record.destination_dn_number : '',
      record.source_entity_type === 'extension' && isHuman ? record.source_dn_number : '',
    ];
    return ends.filter(dn => dn !== '').map(dn => `${at} ${dn}`);
  });
  return [...new Set(connected)].toSorted();
}

/** The same by the frames: a leg's Connected that was not Connected, or not with that party, before. */
function connectionsOfFrames({ frames }: ReturnType<typeof tell>): string[] {
  const before = new Map<string, string>();
  const connected: string[] = [];
  for (const { at, dn, id, participant } of frames) {
    const key = `${dn}/${id}`;
    const now = participant
      ? `${participant.status} ${participant.party_dn} ${participant.party_caller_id}`
      : '';
    const isNew = participant?.status === 'Connected' && before.get(key) !== now && /^\d+$/.test(dn);
    if (isNew) connected.push(`${Date.UTC(2025, 9, 14, 9, 30) + Math.round(at * 1000)} ${dn}`);
    before.set(key, now);
  }
  return [...new Set(connected)].toSorted();
}

function rungPhonesOfRecords(records: CallRecord[]): string[] {
  return records
    .filter(record => record.destination_entity_type === 'extension' && record.creation_method !== 'join')
    .map(record => `${record.cdr_started_at.getTime()} ${record.destination_dn_number}`)
    .toSorted();
}

function rungPhonesOfFrames({ frames }: ReturnType<typeof tell>): string[] {
  const rung = frames.filter(({ participant, dn }) => participant?.status === 'Ringing' && /^\d+$/.test(dn));
  return rung.map(({ at, dn }) => `${Date.UTC(2025, 9, 14, 9, 30) + Math.round(at * 1000)} ${dn}`).toSorted();
}

function filetimeMs(id: string): number {
  const hex = id.replaceAll('-', '').slice(8, 24);
  return Number((BigInt(`0x${hex}`) - 116_444_736_000_000_000n) / 10_000n);
}
