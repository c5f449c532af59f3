import { CliError } from '../../../shared/control/cli-error.ts';
import type { ControlClient } from '../../../shared/control/control-client.ts';
import { demandChange } from '../../../shared/control/whoever.ts';
import type { UserTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Common, GivenOf } from '../../command.ts';
import type { usersAddCommand, usersChangeCommand, usersRemoveCommand } from '../../commands/access.ts';
import { connect } from '../../connect.ts';
import { type Answer, fieldsAnswer, sentenceAnswer, tableAnswer } from '../../output/answer.ts';
import { confirm } from '../../output/ask.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { givenLines, madePassword, newPassword, readSecret } from './secret-input.ts';
import { allUsers, findUser, forScripts, pathOf, rowOf, USER_COLUMNS } from './user-view.ts';

const SHOWN_ONCE = 'The password is shown only now: give it to its owner, who can change it.';

export async function listUsers(given: Common): Promise<Answer> {
  const users = await allUsers(connect(given));
  return tableAnswer({
    schema: 'users-list/1',
    data: { users: users.map(forScripts) },
    header: USER_COLUMNS,
    rows: users.map(rowOf),
    none: "There are no users yet. 'sudo 3cx-relay users add <name> --role admin' makes the first.",
  });
}

export async function addUser(given: GivenOf<typeof usersAddCommand>): Promise<Answer> {
  const { name, role } = given;
  const client = connect(given);
  if (given['dry-run']) return plannedUser(client, given);
  const setupFile = given['setup-token-file'];
  if (setupFile !== undefined && role !== 'admin')
    throw new CliError('E_USAGE', 'The first user must be an admin.', 'Give --role admin.');
  // Before anybody thinks of a password in vain.
  await client.about();
  const token = setupFile === undefined ? null : readSecret(setupFile).trim();
  const password = await newPassword(given, `Password for ${name}`);
  const user =
    token === null
      ? await client.ask<UserTold>('/admin/users', { method: 'POST', body: { name, role, password } })
      : await client.askOpenly<UserTold>('/admin/setup', { method: 'POST', body: { token, name, password } });
  const says = `The user ${user.name} (${user.role}) is made.`;
  return withPassword({ schema: 'users-add/1', data: forScripts(user), says }, given.generate, password);
}

export async function changeUser(given: GivenOf<typeof usersChangeCommand>): Promise<Answer> {
  const { role, disable, enable } = given;
  if (disable && enable)
    throw new CliError('E_USAGE', 'Both --disable and --enable are given.', 'Give one of them.');
  if (role === undefined && !disable && !enable) {
    throw new CliError('E_USAGE', 'What is to be changed?', 'Give --role, --disable or --enable.');
  }
  const client = connect(given);
  const users = await allUsers(client);
  const user = findUser(users, given.user);
  const disabled = disable || enable ? disable : user.disabledAt !== null;
  const wanted = {
    ...user,
    role: role ?? user.role,
    disabledAt: disabled ? (user.disabledAt ?? Date.now()) : null,
  };
  const schema = 'users-change/1';
  if (given['dry-run']) {
    await demandChange(client);
    demandAdminLeft(users, { without: user, and: wanted });
    const wouldChange = wanted.role !== user.role || wanted.disabledAt !== user.disabledAt;
    const says = wouldChange
      ? `${NOT_DONE} the user ${wordsOf(user)} would be: ${wordsOf(wanted)}.`
      : `The user ${wordsOf(user)} is so already: nothing would change.`;
    return planned(schema, { says, wouldChange, data: forScripts(wanted) });
  }
  const body = { ...(role !== undefined && { role }), ...((disable || enable) && { disabled }) };
  const changed = await client.ask<UserTold>(pathOf(user), { method: 'PATCH', body });
  const says = `The user is now: ${wordsOf(changed)}.`;
  return sentenceAnswer({ schema, data: forScripts(changed), says });
}

export async function removeUser(given: GivenOf<typeof usersRemoveCommand>): Promise<Answer> {
  const client = connect(given);
  const users = await allUsers(client);
  const user = findUser(users, given.user);
  const schema = 'users-remove/1';
  if (given['dry-run']) {
    await demandChange(client);
    demandAdminLeft(users, { without: user });
    const says = `${NOT_DONE} the user ${wordsOf(user)} would be removed.`;
    return planned(schema, { says, wouldChange: true, data: forScripts(user) });
  }
  await confirm(given, `Remove the user ${wordsOf(user)}?`);
  const removed = await client.ask<UserTold>(pathOf(user), { method: 'DELETE' });
  return sentenceAnswer({ schema, data: forScripts(removed), says: `The user ${removed.name} is removed.` });
}

interface WithPassword {
  schema: string;
  data: Record<string, unknown>;
  says: string;
}

/** A password that we made is told once; one that somebody gave, never. */
export function withPassword(answer: WithPassword, isMade: boolean, password: string): Answer {
  const { schema, data, says } = answer;
  if (!isMade) return sentenceAnswer(answer);
  const fields = { name: String(data['name']), password };
  const listed = fieldsAnswer({ schema, data: { ...data, password }, fields, notes: [SHOWN_ONCE] });
  return { ...listed, text: style => `${says}\n${listed.text(style)}` };
}

/** Refused as the daemon would: by the same schema. */
async function plannedUser(client: ControlClient, given: GivenOf<typeof usersAddCommand>): Promise<Answer> {
  const { name, role } = given;
  const { checked, operatorOrderSchema } = await import('../../../daemon/guards/operators/operator-order.ts');
  // Nobody is asked for what is not used; what was given is looked at.
  const [password = madePassword()] = (await givenLines(given, 1)) ?? [];
  checked(operatorOrderSchema, { name, role, password });
  await demandChange(client);
  if ((await allUsers(client)).some(user => user.name === name)) {
    const detail = `There is a user ${name} already. Take another name.`;
    throw new AppError('E_CONFLICT', { detail });
  }
  const says = `${NOT_DONE} the user ${name} (${role}) would be made.`;
  return planned('users-add/1', { says, wouldChange: true, data: { name, role } });
}

/** The daemon's own rule: a relay that had an admin keeps one. */
function demandAdminLeft(
  users: readonly UserTold[],
  { without, and }: { without: UserTold; and?: UserTold },
): void {
  const isAdmin = ({ role, disabledAt }: UserTold): boolean => role === 'admin' && disabledAt === null;
  const others = users.filter(({ id }) => id !== without.id);
  if (!users.some(isAdmin) || others.some(isAdmin) || (and !== undefined && isAdmin(and))) return;
  const detail = 'This is the last admin who can log in. Make another one first.';
  throw new AppError('E_CONFLICT', { detail });
}

function wordsOf({ name, role, disabledAt }: UserTold): string {
  return `${name} (${role}${disabledAt === null ? '' : ', disabled'})`;
}
