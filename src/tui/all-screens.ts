import type { Screen } from './dashboard.ts';
import { ListScreen } from './list/list-screen.ts';
import { Overview } from './overview/overview.ts';
import { auditScreen } from './screens/audit.ts';
import { callsScreen } from './screens/calls.ts';
import { clientsScreen } from './screens/clients.ts';
import { doctorScreen } from './screens/doctor.ts';
import { errorsScreen } from './screens/errors.ts';
import { eventsScreen } from './screens/events.ts';
import { keysScreen } from './screens/keys/keys.ts';
import { logsScreen } from './screens/logs.ts';
import { usersScreen } from './screens/users.ts';

/** All there are, in the order of their digits. */
export function allScreens(): Screen[] {
  return [
    new Overview(),
    new ListScreen(callsScreen),
    new ListScreen(eventsScreen),
    new ListScreen(errorsScreen),
    new ListScreen(keysScreen()),
    new ListScreen(clientsScreen),
    new ListScreen(usersScreen),
    new ListScreen(auditScreen),
    new ListScreen(logsScreen),
    new ListScreen(doctorScreen()),
  ];
}
