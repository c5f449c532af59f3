import type { Action, Dashboard } from '../dashboard.ts';
import { Choose } from '../layers/choose.ts';
import { Form } from '../layers/form.ts';

const COMPONENTS = ['database', 'xapi', 'callcontrol'] as const;

/** To the daemon, and from there to the phone system. */
export const CONNECTION_ACTIONS: readonly Action[] = [
  {
    name: 'try again now',
    key: 'r',
    label: 'try now',
    why: 'Look for the daemon now instead of later',
    isPossible: ({ link }) => link.state.kind === 'away',
    run: ({ link }) => link.hurry(),
  },
  {
    name: 'reconnect',
    key: 'r',
    label: 'reconnect',
    why: 'Try a connection to the phone system again',
    changes: true,
    run: chooseConnection,
  },
  ...COMPONENTS.map(
    (component): Action => ({
      name: `reconnect ${component}`,
      label: '',
      why: `Try the connection ${component} again now`,
      changes: true,
      run: dashboard => void reconnect(component, dashboard),
    }),
  ),
  {
    name: 'login',
    label: '',
    why: 'Log in, or log in as somebody else',
    run: dashboard => dashboard.open(loginForm(dashboard)),
  },
];

/** Those that are not up come first. */
function chooseConnection(dashboard: Dashboard): void {
  const able = dashboard.data.components.filter(({ canReconnect }) => canReconnect);
  const sorted = able.toSorted((a, b) => Number(a.state === 'up') - Number(b.state === 'up'));
  dashboard.open(
    new Choose({
      name: 'reconnect',
      intro: 'Which connection? What it has is given up and made anew; the others are not touched.',
      choices: sorted.map(({ component, state }) => ({
        line: [component.padEnd(14), state],
        onChosen: () => void reconnect(component, dashboard),
      })),
    }),
  );
}

async function reconnect(component: string, dashboard: Dashboard): Promise<void> {
  try {
    await dashboard.desk.ask(`/admin/connections/${component}/reconnect`, { method: 'POST' });
    dashboard.say('good', `${component} is being tried again.`);
  } catch (error) {
    dashboard.complain(error);
  }
}

function loginForm(dashboard: Dashboard): Form {
  return new Form({
    name: 'login',
    intro: 'The login is kept for 24 hours, as 3cx-relay login does it.',
    submit: 'log in',
    fields: [
      { name: 'name', label: 'Name', hint: 'As an admin gave it to you.' },
      { name: 'password', label: 'Password', hint: 'It is not shown.', isSecret: true },
    ],
    onSubmit: async ({ name = '', password = '' }) => {
      await dashboard.desk.logIn(name, password);
      dashboard.link.again();
    },
  });
}
