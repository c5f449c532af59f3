import { PERMISSIONS } from '../../../shared/control-api/rights.ts';
import type { KeyTold } from '../../../shared/control-api/told.ts';
import { DURATION_FORM, parseDurationMs } from '../../../shared/duration.ts';
import { counted } from '../../../shared/telling/counted.ts';
import type { Dashboard } from '../../dashboard.ts';
import { Confirm } from '../../layers/confirm.ts';
import { Form } from '../../layers/form.ts';
import { ShownOnce } from '../../layers/shown-once.ts';

interface Created {
  key: string;
  record: KeyTold;
}

const SHOWN_ONCE =
  'Put it where the program that uses it can read it. It is shown only now: the relay keeps nothing from which it could be shown again.';

export function createKey(dashboard: Dashboard): void {
  dashboard.open(
    new Form({
      name: 'new key',
      submit: 'make it',
      fields: [
        {
          name: 'name',
          label: 'Name',
          hint: 'Which program it is for.',
          fault: value => (value.trim() === '' ? 'a name is needed' : null),
        },
        {
          name: 'permissions',
          label: 'May',
          hint: 'read: events, calls and history. write: call control. metrics: Prometheus. Arrows move, Space ticks.',
          choices: PERMISSIONS,
          many: true,
          value: 'read',
          fault: value => (value === '' ? 'at least one is needed' : null),
        },
        {
          name: 'extensions',
          label: 'Extensions',
          hint: 'Only what touches these, with commas between; empty for all.',
        },
        {
          name: 'queues',
          label: 'Queues',
          hint: 'Only what touches these, with commas between; empty for all.',
        },
        {
          name: 'networks',
          label: 'Networks',
          hint: 'Only from these, such as 10.0.0.0/8; empty for everywhere.',
        },
        {
          name: 'expiresIn',
          label: 'Expires in',
          hint: 'Such as 90d; empty for never.',
          fault: durationFault,
        },
        {
          name: 'rate',
          label: 'Requests a minute',
          hint: 'Empty for the usual limit: KEY_RATE_PER_MINUTE, 300 unless it was changed.',
          fault: numberFault,
        },
      ],
      onSubmit: async values => {
        const body = orderOf(values);
        const created = await dashboard.desk.ask<Created>('/admin/api-keys', { method: 'POST', body });
        showKey(created, `The key of ${created.record.name}`, dashboard);
      },
    }),
  );
}

export function rotateKey(key: KeyTold, dashboard: Dashboard): void {
  dashboard.open(
    new Form({
      name: 'rotate key',
      intro: `A new key with the rights of ${key.name} (${key.id}). Both work until the overlap is over.`,
      submit: 'rotate it',
      fields: [
        {
          name: 'overlap',
          label: 'Overlap',
          value: '24h',
          hint: 'How long the old key lives on: 24h, 1h, 0s.',
          fault: value => (value === '' ? 'how long?' : durationFault(value)),
        },
      ],
      onSubmit: async ({ overlap = '' }) => {
        const created = await dashboard.desk.ask<Created>(`/admin/api-keys/${key.id}/rotate`, {
          method: 'POST',
          body: { overlapMs: parseDurationMs(overlap) ?? 0 },
        });
        showKey(created, `The new key of ${key.name}`, dashboard);
      },
    }),
  );
}

export function revokeKey(key: KeyTold, dashboard: Dashboard): void {
  const connected = dashboard.data.clients.filter(({ keyId }) => keyId === key.id).length;
  const closed =
    connected === 0
      ? 'No program is connected with it'
      : `${counted(connected, 'connection')} with it ${connected === 1 ? 'is' : 'are'} closed within a second`;
  dashboard.open(
    new Confirm({
      name: 'revoke key',
      says: `The key ${key.name} (${key.id}) ends now and for ever. ${closed}.`,
      word: key.name.trim(),
      onYes: () => void revoke(key, dashboard),
    }),
  );
}

async function revoke({ id, name }: KeyTold, dashboard: Dashboard): Promise<void> {
  try {
    await dashboard.desk.ask(`/admin/api-keys/${id}`, { method: 'DELETE' });
    dashboard.say('good', `The key ${name} has ended.`);
  } catch (error) {
    dashboard.complain(error);
  }
}

function showKey({ key }: Created, name: string, dashboard: Dashboard): void {
  dashboard.open(new ShownOnce({ name, says: SHOWN_ONCE, secret: key }));
}

function orderOf(values: Record<string, string>): Record<string, unknown> {
  const { name = '', permissions = '', expiresIn = '', rate = '' } = values;
  const list = (text = ''): string[] | null => {
    const some = text.split(/[\s,]+/).filter(Boolean);
    return some.length === 0 ? null : some;
  };
  const ms = expiresIn.trim() === '' ? null : parseDurationMs(expiresIn.trim());
  return {
    name: name.trim(),
    permissions: permissions.split(','),
    extensions: list(values['extensions']),
    queues: list(values['queues']),
    networks: list(values['networks']),
    ratePerMinute: rate.trim() === '' ? null : Number(rate),
    expiresAt: ms === null ? null : Date.now() + ms,
  };
}

function durationFault(value: string): string | null {
  return value.trim() === '' || parseDurationMs(value.trim()) !== null ? null : `it must be ${DURATION_FORM}`;
}

function numberFault(value: string): string | null {
  return /^\s*\d*\s*$/.test(value) ? null : 'a whole number';
}
