import type { Dashboard } from '../dashboard.ts';
import { Choose } from '../layers/choose.ts';
import { FilterLine } from '../layers/filter-line.ts';
import { Form } from '../layers/form.ts';
import { Help } from '../layers/help.ts';
import { Palette } from '../layers/palette.ts';
import type { Screen } from '../screens/screen.ts';
import { copied } from '../terminal/clipboard.ts';
import type { Action } from './action.ts';

/** What can be done on every screen. */
export function actionsEverywhere(screens: readonly Screen[]): Action[] {
  return [
    { name: 'help', key: '?', label: '', why: 'Show all that can be done here', run: open(() => new Help()) },
    {
      name: 'filter',
      key: '/',
      label: 'filter',
      why: 'Show only some: words, -without, and name:value as on the command line',
      isPossible: ({ screen }) => screen.filter !== undefined,
      run: dashboard => {
        if (dashboard.screen.filter) dashboard.open(new FilterLine(dashboard.screen.filter));
      },
    },
    {
      name: 'no filter',
      key: 'escape',
      label: 'no filter',
      why: 'Show all again',
      isPossible: ({ screen }) => (screen.filter?.text ?? '') !== '',
      run: dashboard => {
        if (dashboard.screen.filter) dashboard.screen.filter.text = '';
        dashboard.publisher.now();
      },
    },
    {
      name: 'command',
      key: ':',
      label: 'command',
      why: 'Do anything by its name',
      run: open(() => new Palette()),
    },
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
      why: 'Try a connection to the phone system again now',
      changes: true,
      run: chooseConnection,
    },
    ...(['database', 'xapi', 'callcontrol'] as const).map(
      (component): Action => ({
        name: `reconnect ${component}`,
        label: '',
        why: `Try the connection ${component} again now`,
        changes: true,
        run: dashboard => void reconnect(component, dashboard),
      }),
    ),
    {
      name: 'pause',
      key: 'space',
      label: 'pause',
      why: 'Let the screen stand still, and go on',
      run: dashboard => dashboard.freeze(),
    },
    ...copyActions(),
    {
      name: 'numbers',
      key: 'n',
      label: '',
      why: 'Show phone numbers whole, or masked again',
      run: dashboard => {
        dashboard.showsNumbers = !dashboard.showsNumbers;
        dashboard.say(
          'dim',
          dashboard.showsNumbers ? 'Phone numbers are shown whole.' : 'Phone numbers are masked.',
        );
      },
    },
    {
      name: 'mouse',
      key: 'm',
      label: '',
      why: 'Let the mouse choose and scroll, or leave it to the terminal again',
      run: dashboard => {
        dashboard.isMouseOn = !dashboard.isMouseOn;
        dashboard.terminal.setMouse(dashboard.isMouseOn);
        const how = dashboard.isMouseOn ? 'on: Shift marks text as before' : 'off';
        dashboard.say('dim', `The mouse is ${how}.`);
      },
    },
    ...screens.map(
      (screen): Action => ({
        name: screen.title.toLowerCase(),
        key: screen.key,
        label: '',
        why: `Go to the screen ${screen.title}`,
        run: dashboard => dashboard.go(screen),
      }),
    ),
    {
      name: 'login',
      label: '',
      why: 'Log in, or log in as somebody else',
      run: open(() => loginForm()),
    },
    {
      name: 'quit',
      key: 'q',
      label: 'quit',
      why: 'Leave the dashboard; the relay goes on',
      run: ({ terminal }) => terminal.quit(),
    },
  ];
}

function open(make: () => Parameters<Dashboard['open']>[0]): (dashboard: Dashboard) => void {
  return dashboard => dashboard.open(make());
}

function copyActions(): Action[] {
  const copy =
    (form: 'row' | 'json') =>
    (dashboard: Dashboard): void => {
      const text = dashboard.screen.chosenText?.(dashboard, form) ?? null;
      if (text === null) return;
      dashboard.terminal.write(copied(text));
      dashboard.say(
        'good',
        `Copied ${text.length} characters to your terminal's clipboard, if it takes them.`,
      );
    };
  const isPossible = (dashboard: Dashboard): boolean =>
    (dashboard.screen.chosenText?.(dashboard, 'row') ?? null) !== null;
  return [
    {
      name: 'copy',
      key: 'y',
      label: '',
      why: "Copy the line to your terminal's clipboard",
      isPossible,
      run: copy('row'),
    },
    {
      name: 'copy json',
      key: 'Y',
      label: '',
      why: 'Copy it as JSON, with all there is',
      isPossible,
      run: copy('json'),
    },
  ];
}

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

function loginForm(): Form {
  return new Form({
    name: 'login',
    intro: 'The login is kept for 24 hours, as 3cx-relay login does it.',
    submit: 'log in',
    fields: [
      { name: 'name', label: 'Name', hint: 'As an admin gave it to you.' },
      { name: 'password', label: 'Password', hint: 'It is not shown.', isSecret: true },
    ],
    onSubmit: async ({ name = '', password = '' }, dashboard) => {
      await dashboard.desk.logIn(name, password);
      dashboard.link.again();
    },
  });
}
