import type { RowOf } from '../entities.ts';
import { isoDuration, isoTime } from '../iso-text.ts';

interface OldCall {
  number: number;
  startedAt: number;
  ringsMs: number;
  /** Zero for a call nobody answered. */
  talksMs: number;
  extension: string;
  name: string;
  caller: string;
}

const OLD_CALLS = 50;
/** Long before Update 6, which moved call history into other tables. */
const FIRST_OLD_CALL_AT = Date.UTC(2024, 2, 4, 8, 30);
const OLD_CALL_EVERY_MS = 5 * 3_600_000 + 17 * 60_000;
const FIRST_OLD_SEGMENT_ID = 4001;
const STAFF = ['Test, Ada', 'Sample, Ben', 'Mock, Cleo', 'Proof, Dora', 'Trial, Emil'];
const FIRST_EXTENSION = 101;
const TRUNK = '10001';
const EXTENSION_TYPE = 0;
const TRUNK_TYPE = 1;

/** What an upgraded system still shows in CallHistoryView: the same rows for ever. */
export function oldHistoryRows(): RowOf<'CallHistoryView'>[] {
  return oldCalls().map(call => ({
    SegmentId: FIRST_OLD_SEGMENT_ID + call.number,
    SegmentType: 1,
    SegmentActionId: 1,
    SegmentStartTime: isoTime(call.startedAt),
    SegmentEndTime: isoTime(call.startedAt + call.ringsMs + call.talksMs),
    CallTime: isoDuration(call.talksMs),
    CallAnswered: call.talksMs > 0,
    SrcDn: TRUNK,
    SrcCallerNumber: call.caller,
    SrcDisplayName: call.caller,
    SrcExtendedDisplayName: call.caller,
    SrcDnType: TRUNK_TYPE,
    SrcId: 2 * call.number + 1,
    SrcParticipantId: 2 * call.number + 1,
    SrcRecId: null,
    SrcExternal: true,
    SrcInternal: false,
    DstDn: call.extension,
    DstCallerNumber: `Ext.${call.extension}`,
    DstDisplayName: call.name,
    DstExtendedDisplayName: call.name,
    DstDnType: EXTENSION_TYPE,
    DstId: 2 * call.number + 2,
    DstParticipantId: 2 * call.number + 2,
    DstRecId: null,
    DstExternal: false,
    DstInternal: true,
  }));
}

/** The same calls as GetOldCallLogData tells them, newest first. */
export function oldLogRows(): RowOf<'CallLogData'>[] {
  return oldCalls().map(oldLogRow).toReversed();
}

function oldLogRow(call: OldCall): RowOf<'CallLogData'> {
  const id = `old-${FIRST_OLD_SEGMENT_ID + call.number}`;
  const isAnswered = call.talksMs > 0;
  return {
    ...{ CdrId: id, CallHistoryId: id, MainCallHistoryId: id, CallId: call.number + 1 },
    ...{ SegmentId: 1, Indent: 0, SubrowDescNumber: null, StartTime: isoTime(call.startedAt) },
    RingingDuration: isoDuration(call.ringsMs),
    TalkingDuration: isAnswered ? isoDuration(call.talksMs) : null,
    SourceType: TRUNK_TYPE,
    SourceDn: TRUNK,
    SourceCallerId: call.caller,
    SourceDisplayName: call.caller,
    DestinationType: EXTENSION_TYPE,
    DestinationDn: call.extension,
    DestinationCallerId: `Ext.${call.extension}`,
    DestinationDisplayName: call.name,
    ActionType: 1,
    ActionDnType: TRUNK_TYPE,
    actionDnDn: TRUNK,
    ActionDnCallerId: call.caller,
    ActionDnDisplayName: call.caller,
    Answered: isAnswered,
    Status: isAnswered ? 'Answered' : 'Unanswered',
    Direction: 'Inbound',
    CallType: 'Call',
    Reason: `Terminated by ${call.caller}`,
    ...{ CallCost: 0, QualityReport: false, SrcRecId: null, DstRecId: null, RecordingUrl: null },
    ...{ Transcription: null, Summary: null, SentimentScore: null },
  };
}

/** Every fourth call was missed. */
function oldCalls(): OldCall[] {
  return Array.from({ length: OLD_CALLS }, (_, number) => ({
    number,
    startedAt: FIRST_OLD_CALL_AT + number * OLD_CALL_EVERY_MS,
    ringsMs: 4000 + (number % 7) * 1500,
    talksMs: number % 4 === 3 ? 0 : 20_000 + (number % 11) * 13_000,
    extension: String(FIRST_EXTENSION + (number % STAFF.length)),
    name: STAFF[number % STAFF.length] ?? '',
    caller: `+4420794601${String(number).padStart(2, '0')}`,
  }));
}
