import { CLI_ERRORS } from '../../../src/shared/control/cli-error.ts';
import { ERRORS, type ErrorCode } from '../../../src/shared/errors.ts';
import { EXIT } from '../../../src/shared/exit-codes.ts';
import { CLOSE } from '../../../src/shared/relay-api.ts';
import { cell } from './cell.ts';

const HEAD = `# Errors

Every error that is expected has a code that stays; texts may change. Over HTTP it is a problem document (RFC 9457) with
\`code\`, \`title\` and \`detail\`; a WebSocket is closed with the close code and a short reason; the command line prints what happened and
what to do to stderr, with \`--json\` as \`{"error":{"code","message","hint"}}\`. \`detail\` and \`hint\` say what to do next. What is wrong with the
relay as a whole is told by conditions ([operations.md](operations.md)) and by the doctor ([doctor.md](doctor.md)).

## Of the relay
Exit code: of the command that asked for it.

| Code | Meaning | HTTP | Close | Exit |
|---|---|---|---|---|
`;

const CLOSED: Record<keyof typeof CLOSE, string> = {
  goingAway: 'the relay stops, or an operator ended the connection: come back',
  tooBig: 'a message was too large',
  internal: 'something went wrong on our side: come back',
  restart: 'the relay restarts: come back, and go on where you were',
  tooSlow: 'what was sent was not taken in time, or it is not available at the moment: come back',
  badMessage: 'a message or a parameter was not understood: mend the program',
  keyInvalid: 'the key is missing, wrong, ended or revoked: get another',
  notPermitted: 'the key, or the origin of the page, may not do this',
  timeout: 'no pong came: the connection was dead, come back',
  tooMany: 'too many connections or requests: come back later',
};

/** docs/errors.md */
export function errorPage(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[]).map(code => {
    const kind: { status: number; title: string; close?: number; exit?: number } = ERRORS[code];
    // 78 is for the service manager; see cli-error.ts.
    const exit = code === 'E_CONFIG' ? `${EXIT.usage}; 78 of the daemon itself` : (kind.exit ?? EXIT.failed);
    return `| \`${code}\` | ${cell(kind.title)} | ${kind.status} | ${kind.close ?? ''} | ${exit} |`;
  });
  const own = Object.entries(CLI_ERRORS).map(
    ([code, { exit, means }]) => `| \`${code}\` | ${cell(means)} | ${exit} |`,
  );
  const closes = Object.entries(CLOSED).map(
    ([name, means]) => `| ${CLOSE[name as keyof typeof CLOSE]} | ${means} |`,
  );
  return [
    `${HEAD}${rows.join('\n')}`,
    '',
    '## Of the command line',
    '',
    ...['| Code | Meaning | Exit |', '|---|---|---|', ...own, ''],
    '## Close codes of a WebSocket',
    '',
    ...['| Code | Meaning |', '|---|---|', ...closes, ''],
  ].join('\n');
}
