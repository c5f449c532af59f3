import { ROLES } from '../../shared/control-api/rights.ts';
import type { UserTold } from '../../shared/control-api/told.ts';
import type { Dashboard } from '../dashboard.ts';
import { Choose } from '../layers/choose.ts';
import { Confirm } from '../layers/confirm.ts';
import { Form, type FormField } from '../layers/form.ts';
import type { ListSpec } from '../list/list-spec.ts';
import { minuteOf, timeOf } from '../text/ago.ts';
import { factLines } from '../text/paragraph.ts';

export const usersScreen: ListSpec<UserTold> = {
  title: 'Users',
  key: '7',
  rows: ({ users }) => users.toSorted((a, b) => a.name.localeCompare(b.name)),
  idOf: ({ id }) => id,
  nameOf: ({ name }) => name,
  columns: ({ now }) => [
    { title: 'NAME', width: 16, grows: true, keep: 9, cell: ({ name }) => name },
    { title: 'ROLE', width: 7, keep: 8, cell: ({ role }) => role },
    {
      title: 'STATE',
      width: 8,
      keep: 9,
      cell: ({ disabledAt }) => (disabledAt === null ? ['good', 'active'] : ['warn', 'disabled']),
    },
    {
      title: 'LAST LOGIN',
      width: 11,
      keep: 7,
      cell: ({ lastLoginAt }) => (lastLoginAt === null ? ['dim', 'never'] : minuteOf(lastLoginAt, now)),
    },
    { title: 'MADE', width: 11, keep: 4, cell: ({ createdAt }) => minuteOf(createdAt, now) },
    { title: 'BY', width: 12, keep: 3, cell: ({ createdBy }) => createdBy },
  ],
  fields: {
    words: {
      name: ({ name }) => name,
      role: ({ role }) => role,
      state: ({ disabledAt }) => (disabledAt === null ? 'active' : 'disabled'),
    },
    order: { role: [...ROLES], state: ['active', 'disabled'] },
    time: ({ lastLoginAt }) => lastLoginAt,
    text: ({ name, role, id }) => `${name} ${role} ${id}`,
  },
  empty: ({ mayChange }) => [
    'There are no users yet: only root steers the relay.',
    mayChange ? 'Press c to make the first.' : 'An admin makes them.',
  ],
  details: (user, { dashboard: { now }, width }) =>
    factLines(
      [
        ['user', `${user.name} (${user.id})`],
        [
          'role',
          user.role === 'admin' ? 'admin: may do all' : 'viewer: may look at everything and change nothing',
        ],
        ['disabled', user.disabledAt && `since ${timeOf(user.disabledAt, now)}`],
        ['last login', user.lastLoginAt === null ? 'never' : timeOf(user.lastLoginAt, now)],
        ['made', `${timeOf(user.createdAt, now)} by ${user.createdBy}`],
        ['changed', timeOf(user.changedAt, now)],
      ],
      width,
    ),
  actions: [
    {
      name: 'add user',
      key: 'c',
      label: 'add',
      why: 'Make a user, who may then log in',
      changes: true,
      run: addUser,
    },
    {
      name: 'change role',
      key: 'o',
      label: 'role',
      why: 'Another role; ends all logins of the user',
      changes: true,
      onRow: changeRole,
    },
    {
      name: 'set password',
      key: 'p',
      label: 'password',
      why: 'Another password; ends all logins of the user',
      changes: true,
      onRow: setPassword,
    },
    {
      name: 'disable or enable user',
      key: 'd',
      label: 'disable/enable',
      why: 'Lock the user out, or let in again',
      changes: true,
      onRow: (user, dashboard) => {
        const isOut = user.disabledAt !== null;
        const says = isOut
          ? `Let ${user.name} in again?`
          : `Lock ${user.name} out? All logins of the user end now.`;
        const onYes = (): void =>
          void change(
            user,
            { disabled: !isOut },
            {
              dashboard,
              done: isOut ? `${user.name} may log in again.` : `${user.name} is locked out.`,
            },
          );
        dashboard.open(new Confirm({ name: isOut ? 'enable user' : 'disable user', says, onYes }));
      },
    },
    {
      name: 'remove user',
      key: 'x',
      label: 'remove',
      why: 'Remove the user for ever; the last admin stays',
      changes: true,
      onRow: (user, dashboard) =>
        dashboard.open(
          new Confirm({
            name: 'remove user',
            says: `The user ${user.name} is removed for ever, and all logins of the user end now.`,
            word: user.name,
            onYes: () => void remove(user, dashboard),
          }),
        ),
    },
  ],
};

const PASSWORDS: readonly FormField[] = [
  { name: 'password', label: 'Password', hint: 'At least 12 characters. It is not shown.', isSecret: true },
  { name: 'again', label: 'Once more', hint: 'The same again.', isSecret: true },
];

function addUser(dashboard: Dashboard): void {
  dashboard.open(
    new Form({
      name: 'new user',
      submit: 'make it',
      fields: [
        { name: 'name', label: 'Name', hint: 'Small letters, digits and any of ._-' },
        {
          name: 'role',
          label: 'Role',
          hint: 'An admin may do all, a viewer may only look.',
          choices: ['viewer', 'admin'],
        },
        ...PASSWORDS,
      ],
      onSubmit: async ({ name = '', role, password = '', again }) => {
        demandSame(password, again);
        await dashboard.desk.ask('/admin/users', {
          method: 'POST',
          body: { name: name.trim(), role, password },
        });
        dashboard.say('good', `The user ${name.trim()} is made.`);
      },
    }),
  );
}

function changeRole(user: UserTold, dashboard: Dashboard): void {
  dashboard.open(
    new Choose({
      name: 'role',
      intro: `Which role for ${user.name}? All logins of the user end.`,
      at: ROLES.indexOf(user.role),
      choices: ROLES.map(role => ({
        line: [role],
        onChosen: () => void change(user, { role }, { dashboard, done: `${user.name} is ${role} now.` }),
      })),
    }),
  );
}

function setPassword(user: UserTold, dashboard: Dashboard): void {
  dashboard.open(
    new Form({
      name: 'password',
      intro: `Another password for ${user.name}. All logins of the user end.`,
      submit: 'set it',
      fields: PASSWORDS,
      onSubmit: async ({ password = '', again }) => {
        demandSame(password, again);
        await dashboard.desk.ask(pathOf(user), { method: 'PATCH', body: { password } });
        dashboard.say('good', `The password of ${user.name} is changed.`);
      },
    }),
  );
}

function demandSame(password: string, again: string | undefined): void {
  if (password !== again) throw new Error('The two passwords are not the same.');
}

interface Changing {
  dashboard: Dashboard;
  done: string;
}

async function change(user: UserTold, body: object, { dashboard, done }: Changing): Promise<void> {
  try {
    await dashboard.desk.ask(pathOf(user), { method: 'PATCH', body });
    dashboard.say('good', done);
  } catch (error) {
    dashboard.complain(error);
  }
}

async function remove(user: UserTold, dashboard: Dashboard): Promise<void> {
  try {
    await dashboard.desk.ask(pathOf(user), { method: 'DELETE' });
    dashboard.say('good', `The user ${user.name} is removed.`);
  } catch (error) {
    dashboard.complain(error);
  }
}

function pathOf({ id }: UserTold): string {
  return `/admin/users/${encodeURIComponent(id)}`;
}
