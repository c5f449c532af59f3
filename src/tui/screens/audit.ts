import type { AuditRowTold, AuditTold, VerifiedTold } from '../../shared/control-api/told.ts';
import type { Dashboard } from '../dashboard.ts';
import type { ListSpec } from '../list/list-spec.ts';
import { timeOf } from '../text/ago.ts';
import { factLines, jsonLines } from '../text/paragraph.ts';

const PAGE = 500;

export const auditScreen: ListSpec<AuditRowTold> = {
  title: 'Audit',
  key: '8',
  rows: ({ audit }) => audit.toSorted((a, b) => b.id - a.id),
  idOf: ({ id }) => String(id),
  columns: ({ now }) => [
    { title: 'TIME', width: 11, keep: 8, cell: ({ time }) => timeOf(time, now) },
    { title: 'WHO', width: 12, keep: 9, cell: ({ actor }) => actor },
    { title: 'DID', width: 22, keep: 9, cell: ({ action }) => action },
    { title: 'TO WHAT', width: 12, grows: true, keep: 7, cell: ({ subject }) => subject ?? '' },
    {
      title: 'OUTCOME',
      width: 10,
      keep: 8,
      cell: ({ outcome }) => [outcome === 'ok' ? 'good' : 'warn', outcome],
    },
    { title: 'VIA', width: 14, keep: 4, cell: ({ via }) => via },
    { title: 'FROM', width: 14, keep: 3, cell: ({ source }) => source },
    { title: 'ROW', width: 6, keep: 2, isRight: true, cell: ({ id }) => ['dim', String(id)] },
  ],
  fields: {
    words: {
      actor: ({ actor }) => actor,
      action: ({ action }) => action,
      outcome: ({ outcome }) => outcome,
      via: ({ via }) => via,
    },
    time: ({ time }) => time,
    text: ({ actor, action, subject, outcome, source, detail }) =>
      [actor, action, subject, outcome, source, JSON.stringify(detail)].join(' '),
  },
  opened: dashboard => void loadMore(dashboard),
  empty: () => ['Nothing was done yet.', 'Logins, keys, users, settings: who did what stands here.'],
  details: (
    { id, time, actor, via, source, action, subject, outcome, detail, hash },
    { dashboard: { now }, width },
  ) => [
    ...factLines(
      [
        ['row', `${id}  ${timeOf(time, now)}`],
        ['who', `${actor}  via ${via} from ${source}`],
        ['did', `${action}  ${subject ?? ''}`],
        ['outcome', outcome],
        ['hash', hash],
      ],
      width,
    ),
    ...(Object.keys(detail).length === 0 ? [] : jsonLines(detail, width)),
  ],
  actions: [
    {
      name: 'verify audit log',
      key: 'v',
      label: 'verify',
      why: 'Prove that no row was changed, removed or put in',
      run: dashboard => void verify(dashboard),
    },
  ],
};

async function loadMore(dashboard: Dashboard): Promise<void> {
  try {
    const { rows } = await dashboard.desk.get<AuditTold>('/admin/audit', { limit: PAGE });
    dashboard.board.addAudit(rows);
    dashboard.publisher.now();
  } catch {
    // The newest are there all the same; that the daemon does not answer is told at the top.
  }
}

async function verify(dashboard: Dashboard): Promise<void> {
  try {
    const { sound, fault } = await dashboard.desk.get<VerifiedTold>('/admin/audit/verify');
    if (fault === null) dashboard.say('good', `All ${sound.count} rows are as they were written.`);
    else dashboard.say('bad', `Row ${fault.row} is not as it was written: ${fault.text}`);
  } catch (error) {
    dashboard.complain(error);
  }
}
