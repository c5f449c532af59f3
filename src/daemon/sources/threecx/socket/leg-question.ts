import { ProtocolError } from '../bounded-json.ts';
import { PbxError, wordsOf } from '../http/pbx-error.ts';
import type { XapiClient } from '../http/xapi-client.ts';
import { parseParticipant } from '../messages.ts';
import type { Finding, LegId } from './participants.ts';

interface QuestionParts {
  client: XapiClient;
  signal: AbortSignal;
  incident: (code: string, detail: string) => void;
  /** The answer is missing, and only a snapshot can say what it would have been. */
  snapshotDue: () => void;
}

/** How a leg is now, by REST. Never rejects: a leg that is not there any more is a finding too. */
export async function askForLeg(
  parts: QuestionParts,
  { leg, at }: { leg: LegId; at: number },
): Promise<Finding> {
  const { client, signal, incident, snapshotDue } = parts;
  const path = `/callcontrol/${encodeURIComponent(leg.dn)}/participants/${leg.id}`;
  try {
    const participant = parseParticipant(await client.get(path, { signal, isUrgent: true }));
    if (participant.id === leg.id && participant.dn === leg.dn) return { kind: 'leg', participant, at };
    throw new ProtocolError('other_leg', 'The answer is about another leg than the one asked for');
  } catch (error) {
    const fault = error instanceof PbxError ? error.fault : null;
    if (fault === 'missing') return { kind: 'gone', leg, at, isInferred: true };
    if (fault === 'stopped') return { kind: 'nothing' };
    const code = error instanceof ProtocolError ? error.code : 'leg_unreadable';
    incident(code, `The state of a leg could not be read: ${wordsOf(error)}`);
    // 3CX: some legs this client may not see; a snapshot would not show them either.
    if (fault !== 'forbidden') snapshotDue();
    return { kind: 'nothing' };
  }
}
