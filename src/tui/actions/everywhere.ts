import type { Action, Screen } from '../dashboard.ts';
import { FilterLine } from '../layers/filter-line.ts';
import { Help } from '../layers/help.ts';
import { Palette } from '../layers/palette.ts';
import { CONNECTION_ACTIONS } from './connections.ts';
import { COPY_ACTIONS } from './copying.ts';

/** What can be done on every screen, in the order in which help and the foot show it. */
export function actionsEverywhere(screens: readonly Screen[]): Action[] {
  return [
    {
      name: 'help',
      key: '?',
      label: '',
      why: 'Show all that can be done here',
      run: dashboard => dashboard.open(new Help()),
    },
    ...FILTER_ACTIONS,
    {
      name: 'command',
      key: ':',
      label: 'command',
      why: 'Do anything by its name',
      run: dashboard => dashboard.open(new Palette()),
    },
    ...VIEW_ACTIONS,
    ...CONNECTION_ACTIONS,
    ...COPY_ACTIONS,
    ...screens.map(goingTo),
    {
      name: 'quit',
      key: 'q',
      label: 'quit',
      why: 'Leave the dashboard; the relay goes on',
      run: ({ terminal }) => terminal.quit(),
    },
  ];
}

const FILTER_ACTIONS: readonly Action[] = [
  {
    name: 'filter',
    key: '/',
    label: 'filter',
    why: 'Show only some: words, -without, name:value',
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
];

const VIEW_ACTIONS: readonly Action[] = [
  {
    name: 'pause',
    key: 'space',
    label: 'pause',
    why: 'Stand still; what comes meanwhile is counted',
    isPossible: ({ frozenSince }) => frozenSince === null,
    run: dashboard => dashboard.freeze(),
  },
  {
    name: 'go on',
    key: 'space',
    label: 'go on',
    why: 'Show what is now again',
    isPossible: ({ frozenSince }) => frozenSince !== null,
    run: dashboard => dashboard.freeze(),
  },
  {
    name: 'numbers',
    key: 'n',
    label: '',
    why: 'Show phone numbers whole, or masked again',
    run: dashboard => {
      dashboard.showsNumbers = !dashboard.showsNumbers;
      const how = dashboard.showsNumbers ? 'shown whole' : 'masked';
      dashboard.say('dim', `Phone numbers are ${how}.`);
    },
  },
  {
    name: 'mouse',
    key: 'm',
    label: '',
    why: 'Let the mouse choose and scroll, or not',
    run: dashboard => {
      dashboard.isMouseOn = !dashboard.isMouseOn;
      dashboard.terminal.setMouse(dashboard.isMouseOn);
      const how = dashboard.isMouseOn ? 'on: with Shift the terminal marks text as before' : 'off';
      dashboard.say('dim', `The mouse is ${how}.`);
    },
  },
];

function goingTo(screen: Screen): Action {
  return {
    name: screen.title.toLowerCase(),
    key: screen.key,
    label: '',
    why: `Go to the screen ${screen.title}`,
    run: dashboard => dashboard.go(screen),
  };
}
