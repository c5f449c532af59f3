import { CliError, isDaemonAway } from '../../../shared/control/cli-error.ts';
import {
  forgetLogin,
  loginFile,
  operatorTokenFile,
  savedLogin,
  saveLogin,
} from '../../../shared/control/credentials.ts';
import { whoIsIt } from '../../../shared/control/whoever.ts';
import type { OpenedTold } from '../../../shared/control-api/told.ts';
import { AppError } from '../../../shared/errors.ts';
import { isoTime, localTime } from '../../../shared/telling/time.ts';
import type { Common, GivenOf } from '../../command.ts';
import type { loginCommand } from '../../commands/access.ts';
import { connect } from '../../connect.ts';
import { type Answer, fieldsAnswer, sentenceAnswer } from '../../output/answer.ts';
import { ask, canAsk } from '../../output/ask.ts';
import { askedPassword, givenLines } from './secret-input.ts';

export async function logIn(given: GivenOf<typeof loginCommand>): Promise<Answer> {
  const client = connect(given);
  // Before anybody types a password in vain.
  await client.about();
  const name = given.name ?? (await askedName(given));
  const [line] = (await givenLines(given, 1)) ?? [];
  const password = line ?? (await askedPassword(given, `Password of ${name}: `));
  const { token, expiresAt, operator } = await client.askOpenly<OpenedTold>('/admin/login', {
    ...{ method: 'POST', body: { name, password } },
  });
  // Nowhere else does the token go.
  saveLogin(client.socketPath, { name: operator.name, token, expiresAt });
  const file = loginFile();
  return sentenceAnswer({
    schema: 'login/1',
    data: { name: operator.name, role: operator.role, expiresAt: isoTime(expiresAt), file },
    says: `You are logged in as ${operator.name} (${operator.role}) until ${localTime(expiresAt)}.`,
    notes: [`The login is kept in ${file}; '3cx-relay logout' ends it.`],
  });
}

export async function logOut(given: Common): Promise<Answer> {
  const client = connect(given);
  const login = savedLogin(client.socketPath);
  const file = loginFile();
  const schema = 'logout/1';
  // Here it ends whatever the daemon says: a machine that is left must be clean.
  forgetLogin(client.socketPath);
  if (login === null) {
    return sentenceAnswer({ schema, data: { name: null, file }, says: 'You were not logged in.' });
  }
  try {
    const headers = { Authorization: `Bearer ${login.token}` };
    await client.askOpenly('/admin/logout', { method: 'POST', headers });
  } catch (error) {
    if (isDaemonAway(error)) throw onlyHere(error, login.expiresAt);
    // It had ended already.
    if (!(error instanceof AppError) || error.code !== 'E_LOGIN_NEEDED') throw error;
  }
  const says = `${login.name} is logged out.`;
  return sentenceAnswer({ schema, data: { name: login.name, file }, says });
}

export async function whoAmI(given: Common): Promise<Answer> {
  const client = connect(given);
  const { name, role, via, claimedUser, expiresAt } = await whoIsIt(client);
  const isLogin = via === 'login';
  const file = isLogin ? loginFile() : operatorTokenFile(client.socketPath);
  return fieldsAnswer({
    schema: 'whoami/1',
    data: { name, role, via, claimedUser, expiresAt: isoTime(expiresAt), file },
    fields: {
      name,
      role: role === 'admin' ? 'admin: may do all' : 'viewer: may look at everything and change nothing',
      by: isLogin ? 'login' : `the operator token, as ${claimedUser ?? 'nobody'}`,
      until: expiresAt === null ? 'the daemon stops' : localTime(expiresAt),
      file,
    },
  });
}

function askedName(given: Common): Promise<string> {
  if (canAsk(given)) return ask('Name: ');
  throw new CliError('E_USAGE', 'A name is needed, and nobody can be asked here.', 'Give it with --name.');
}

function onlyHere(error: CliError, expiresAt: number): CliError {
  return new CliError(
    'E_DAEMON_AWAY',
    `The login is removed here, but the daemon could not be told. ${error.message}`,
    `Its token, of which there is no other copy, would be good until ${localTime(expiresAt)}. A new password ends it sooner.`,
  );
}
