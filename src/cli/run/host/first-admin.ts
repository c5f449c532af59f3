import type { UserTold } from '../../../shared/control-api/told.ts';
import type { GivenOf } from '../../command.ts';
import type { installCommand } from '../../commands/host.ts';
import { connect } from '../../connect.ts';
import { canAsk } from '../../output/ask.ts';
import { askedTwice, givenLines, madePassword } from '../access/secret-input.ts';
import { allUsers } from '../access/user-view.ts';

export interface FirstAdmin {
  name: string;
  /** Null: it was given, so it is not told. */
  password: string | null;
}

/** Null: there is somebody already. */
export async function makeFirstAdmin(given: GivenOf<typeof installCommand>): Promise<FirstAdmin | null> {
  const client = connect(given);
  if ((await allUsers(client)).some(({ role }) => role === 'admin')) return null;
  const name = given.admin;
  const chosen = await chosenPassword(given);
  const password = chosen ?? madePassword();
  await client.ask<UserTold>('/admin/users', { method: 'POST', body: { name, role: 'admin', password } });
  return { name, password: chosen === null ? password : null };
}

async function chosenPassword(given: GivenOf<typeof installCommand>): Promise<string | null> {
  const source = {
    input: given.input,
    'password-stdin': false,
    'password-file': given['admin-password-file'],
  };
  const [line] = (await givenLines(source, 1)) ?? [];
  if (line !== undefined) return line;
  // With --yes nobody wants a question.
  return given.yes || !canAsk(given) ? null : askedTwice(source, `Password for ${given.admin}`);
}
