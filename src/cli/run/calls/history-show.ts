import type { HistoryRecord } from '../../../daemon/core/ports.ts';
import { cut } from '../../../shared/telling/cells.ts';
import { partyText } from '../../../shared/telling/party-text.ts';
import { clockText } from '../../../shared/telling/time.ts';
import { withoutNumbers } from '../../../shared/telling/without-numbers.ts';
import type { GivenOf } from '../../command.ts';
import type { historyShowCommand } from '../../commands/calls.ts';
import { connect } from '../../connect.ts';
import { type Answer, fieldsAnswer, tableText } from '../../output/answer.ts';
import { ZonedTime } from './zoned-time.ts';

const PARTY_WIDTH = 18;
/** Of a leg only the time of day: the date stands above. */
const DATE_CHARS = 11;
const BESIDE_REASON = 62;

/** One past call with all its legs. */
export async function showPast(given: GivenOf<typeof historyShowCommand>): Promise<Answer> {
  const times = new ZonedTime(given.zone);
  const record: HistoryRecord = await connect(given).get(
    `/admin/call-history/${encodeURIComponent(given.id)}`,
  );
  const data = given['show-numbers'] ? record : withoutNumbers(record);
  const { id, direction, from, to, did, queue, startedAt, answeredAt, endedAt, endReason } = data;
  const legs = data.legs ?? [];
  const fields = fieldsAnswer({
    ...{ schema: 'history-show/1', data },
    fields: {
      ...{ id, direction, from: partyText(from), to: partyText(to), did, queue },
      started: times.text(startedAt),
      answered: data.answered ? times.text(answeredAt) : 'no',
      ended: times.text(endedAt),
      lasted: clockText(data.durationSeconds),
      talked: clockText(data.talkSeconds),
      how: endReason,
    },
  });
  const rowsFor = (width: number) =>
    legs.map(leg => [
      times.text(leg.startedAt)?.slice(DATE_CHARS) ?? null,
      partyText(leg.from, PARTY_WIDTH),
      partyText(leg.to, PARTY_WIDTH),
      leg.answered ? clockText(leg.talkSeconds) : 'no',
      cut(leg.endReason, width - BESIDE_REASON),
    ]);
  return {
    ...fields,
    rows: () =>
      legs.map(leg => [
        ...[leg.id, leg.startedAt, leg.answeredAt, leg.endedAt, partyText(leg.from), partyText(leg.to)],
        ...[String(leg.answered), leg.talkSeconds, leg.endReason],
      ]),
    text: style =>
      `${fields.text(style)}\n${tableText(['LEG BEGAN', 'FROM', 'TO', 'TALK', 'HOW'], rowsFor(style.width), { style })}`,
  };
}
