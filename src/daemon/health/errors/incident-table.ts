import type { ConditionCode, Severity } from '../../../shared/conditions/condition-table.ts';

interface IncidentKind {
  severity: Severity;
  /** The part it concerns, as lists of errors are filtered by it. */
  component: string;
  /** What an operator is shown for a while after it happened. */
  condition?: ConditionCode;
}

const UNREADABLE: IncidentKind = {
  severity: 'warning',
  component: 'callcontrol',
  condition: 'PBX_UNREADABLE',
};
const NEW_WORD: IncidentKind = { severity: 'info', component: 'callcontrol', condition: 'PBX_NEW_WORDS' };
const DEFECT: IncidentKind = { severity: 'error', component: 'relay', condition: 'DEFECT' };
const JOURNAL: IncidentKind = { severity: 'error', component: 'journal', condition: 'JOURNAL_FAULT' };

/** Every surprise that parts report, and what it means. A code that is not here counts as a defect of ours. */
const INCIDENTS: Record<string, IncidentKind> = {
  // What the phone system sends
  binary_frame: UNREADABLE,
  json_too_deep: UNREADABLE,
  not_json: UNREADABLE,
  other_leg: UNREADABLE,
  partial_list: { ...UNREADABLE, component: 'xapi' },
  list_too_long: { ...UNREADABLE, component: 'xapi' },
  token_answer: { ...UNREADABLE, component: 'xapi' },
  unreadable_frame: UNREADABLE,
  unknown_frame: UNREADABLE,
  leg_unreadable: { severity: 'warning', component: 'callcontrol' },
  unknown_event_type: NEW_WORD,
  unknown_status: NEW_WORD,
  snapshot_disagreement: { severity: 'warning', component: 'callcontrol', condition: 'EVENTS_MISSED' },
  socket_zombie: { severity: 'warning', component: 'callcontrol', condition: 'SOURCE_ZOMBIE' },
  pbx_restarted: { severity: 'info', component: 'callcontrol', condition: 'PBX_RESTARTED' },
  questions_overflow: { severity: 'warning', component: 'callcontrol', condition: 'PBX_OVERLOADED' },
  agents_unreadable: { severity: 'warning', component: 'agents' },
  late_facts: { severity: 'warning', component: 'history', condition: 'HISTORY_UNREADABLE' },
  // Our own files
  E_LOG_READ: JOURNAL,
  E_PRUNE: JOURNAL,
  E_JOURNAL_REPLACED: { ...JOURNAL, condition: 'JOURNAL_REPLACED' },
  E_JOURNAL_DAMAGED: { ...JOURNAL, condition: 'JOURNAL_DAMAGED' },
  E_STATE_DAMAGED: { severity: 'critical', component: 'state', condition: 'STATE_DAMAGED' },
  E_HEARD: JOURNAL,
  E_AGENT_HISTORY: { severity: 'warning', component: 'agents', condition: 'HISTORY_UNREADABLE' },
  E_RETENTION: { severity: 'warning', component: 'state' },
  E_WATCH: { severity: 'warning', component: 'relay' },
  // Our own mistakes
  fault: { ...DEFECT, component: 'threecx' },
  E_CALL_BOOK: { ...DEFECT, component: 'calls' },
  E_SUBSCRIBER: DEFECT,
  E_INTERNAL: DEFECT,
};

/** Shapes of the phone system's answers that did not fit: `unknown_<what>`, from one parser with many names. */
const UNKNOWN_SHAPE = /^unknown_/;

export function kindOfIncident(code: string): IncidentKind {
  return INCIDENTS[code] ?? (UNKNOWN_SHAPE.test(code) ? UNREADABLE : DEFECT);
}
