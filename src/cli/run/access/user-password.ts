import { CliError } from '../../../shared/control/cli-error.ts';
import type { ControlClient } from '../../../shared/control/control-client.ts';
import { saveLogin } from '../../../shared/control/credentials.ts';
import { demandChange, whoIsIt } from '../../../shared/control/whoever.ts';
import type { OpenedTold, WhoTold } from '../../../shared/control-api/told.ts';
import type { GivenOf } from '../../command.ts';
import type { usersPasswordCommand } from '../../commands/access.ts';
import { connect } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { NOT_DONE, planned } from '../../output/plan.ts';
import { askedPassword, askedTwice, givenLines, madePassword, newPassword } from './secret-input.ts';
import { allUsers, findUser, pathOf } from './user-view.ts';
import { withPassword } from './users.ts';

type Given = GivenOf<typeof usersPasswordCommand>;

const SCHEMA = 'users-password/1';

/** One's own by the old one, that of another as an admin. */
export async function setPassword(given: Given): Promise<Answer> {
  const client = connect(given);
  const who = await whoIsIt(client);
  if (given.user === undefined && who.via !== 'login') {
    throw new CliError(
      'E_USAGE',
      'You are here by the operator token, which has no password.',
      "Name a user, or log in first: '3cx-relay login'.",
    );
  }
  const user = findUser(await allUsers(client), given.user ?? who.name);
  const isOwn = who.via === 'login' && who.name === user.name;
  if (given['dry-run']) {
    if (!isOwn) await demandChange(client);
    await checkGiven(given, isOwn);
    const says = `${NOT_DONE} ${user.name} would get another password, and all logins of ${user.name} would end.`;
    return planned(SCHEMA, { says, wouldChange: true, data: { name: user.name } });
  }
  const password = isOwn
    ? await changeOwn(client, who, given)
    : await newPassword(given, `New password for ${user.name}`);
  if (!isOwn) await client.ask(pathOf(user), { method: 'PATCH', body: { password } });
  const says = isOwn
    ? 'Your password is changed. All your other logins have ended.'
    : `The password of ${user.name} is changed. All logins of ${user.name} have ended.`;
  return withPassword({ schema: SCHEMA, data: { name: user.name }, says }, given.generate, password);
}

async function changeOwn(client: ControlClient, { name }: WhoTold, given: Given): Promise<string> {
  const lines = await givenLines(given, given.generate ? 1 : 2);
  const old = lines?.[0] ?? (await askedPassword(given, `Old password of ${name}: `));
  const password = given.generate
    ? madePassword()
    : (lines?.[1] ?? (await askedTwice(given, 'New password')));
  const opened = await client.ask<OpenedTold>('/admin/password', {
    ...{ method: 'POST', body: { old, new: password } },
  });
  const { token, expiresAt, operator } = opened;
  saveLogin(client.socketPath, { name: operator.name, token, expiresAt });
  return password;
}

/** Nobody is asked for what is not used; what was given is looked at. */
async function checkGiven(given: Given, isOwn: boolean): Promise<void> {
  const lines = await givenLines(given, isOwn && !given.generate ? 2 : 1);
  const password = lines?.at(-1);
  if (password === undefined || given.generate) return;
  const { checked, operatorChangeSchema } = await import(
    '../../../daemon/guards/operators/operator-order.ts'
  );
  checked(operatorChangeSchema, { password });
}
