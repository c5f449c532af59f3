import { directAnswered } from './direct/answered.ts';
import { busyToVoicemail } from './direct/busy-to-voicemail.ts';
import { directMissed } from './direct/missed.ts';
import { unansweredToColleague } from './direct/unanswered-to-colleague.ts';
import { veryLong } from './direct/very-long.ts';
import { queueAbandoned } from './groups/queue-abandoned.ts';
import { queueOverflow } from './groups/queue-overflow.ts';
import { queueSecondWave } from './groups/queue-second-wave.ts';
import { ringGroup } from './groups/ring-group.ts';
import { scriptQueueTransfer } from './groups/script-queue-transfer.ts';
import { attendedTransfer } from './handover/attended-transfer.ts';
import { attendedTransferKeepsConsult } from './handover/attended-transfer-keeps-consult.ts';
import { blindTransfer } from './handover/blind-transfer.ts';
import { pickup } from './handover/pickup.ts';
import { transferReturns } from './handover/transfer-returns.ts';
import { internal } from './outgoing/internal.ts';
import { internalUnanswered } from './outgoing/internal-unanswered.ts';
import { outbound } from './outgoing/outbound.ts';
import { outboundBusy } from './outgoing/outbound-busy.ts';
import { outboundTransferred } from './outgoing/outbound-transferred.ts';
import { menu } from './service/menu.ts';
import { restart } from './service/restart.ts';
import { routePoint } from './service/route-point.ts';
import type { Story } from './story.ts';

/** All stories. A new one is a file in the folder of its kind, a line here, and its expected telling. */
export const STORIES: readonly Story[] = [
  directAnswered,
  directMissed,
  busyToVoicemail,
  unansweredToColleague,
  veryLong,
  queueSecondWave,
  queueAbandoned,
  queueOverflow,
  ringGroup,
  scriptQueueTransfer,
  blindTransfer,
  transferReturns,
  attendedTransfer,
  attendedTransferKeepsConsult,
  pickup,
  outbound,
  outboundBusy,
  outboundTransferred,
  internal,
  internalUnanswered,
  menu,
  routePoint,
  restart,
];

export function findStory(name: string): Story | undefined {
  return STORIES.find(story => story.name === name);
}
