import { expect, test, vi } from 'vitest';
import { ZodError } from 'zod';
import { CDR_FIELDS, CdrSettingsStore } from './cdr-settings.ts';

test('a fresh system has the service off and all fields in the classic order', () => {
  const settings = new CdrSettingsStore().get();
  expect(settings).toMatchObject({ Enabled: false, LogType: 'PassiveSocket', PossibleFields: CDR_FIELDS });
  expect(settings.EnabledFields.map(({ Name }) => Name)).toEqual(CDR_FIELDS);
  expect(CDR_FIELDS[0]).toBe('historyid');
  expect(CDR_FIELDS.at(-1)).toBe('missed-queue-calls');
});

test('a change is kept, told to listeners, and can be the whole object sent back', () => {
  const store = new CdrSettingsStore();
  const listener = vi.fn();
  const stop = store.onChange(listener);
  store.patch({ ...store.get(), '@odata.context': 'x', Enabled: true });
  expect(listener).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ Enabled: true }));
  stop();
  store.patch({ Enabled: false });
  expect(listener).toHaveBeenCalledOnce();
});

test.each([
  ['SocketPort', { SocketPort: 70_000 }],
  ['SocketIpAddress', { SocketIpAddress: 'reader.example.test' }],
  ['LogType', { LogType: 'Telepathy' }],
  ['EnabledFields.0.Name', { EnabledFields: [{ Name: 'colour' }] }],
  ['EnabledFields', { EnabledFields: [] }],
  ['', { Nonsense: 1 }],
  ['', 'nonsense'],
])('a bad %s is refused by name and changes nothing', (field, changes) => {
  const store = new CdrSettingsStore();
  const before = store.get();
  const attempt = () => store.patch(changes);
  expect(attempt).toThrow(ZodError);
  expect(() => attempt()).toThrow(
    expect.objectContaining({
      issues: [
        expect.objectContaining({ path: field === '' ? [] : expect.arrayContaining([field.split('.')[0]]) }),
      ],
    }),
  );
  expect(store.get()).toBe(before);
});

test('connecting out is for this machine only', () => {
  const store = new CdrSettingsStore();
  const active = { Enabled: true, LogType: 'ActiveSocket', SocketPort: 3500 };
  expect(() => store.patch({ ...active, SocketIpAddress: '192.0.2.7' })).toThrow(/this machine only/);
  for (const SocketIpAddress of ['127.0.0.1', '127.0.0.53', '::1'])
    store.patch({ ...active, SocketIpAddress });
});
