import { CHECKS, GENERAL } from './checks.ts';

const HEAD = `# The doctor

\`3cx-relay doctor\` looks at everything between the phone system and the programs, and says what is wrong, why, and what to do.
It changes nothing, runs with the daemon up or down, and ends within 15 seconds. Exit code 0: nothing fails; 8: something
does; 2 and others: it could not be asked so. Warnings do not count.

\`\`\`text
3cx-relay doctor
3cx-relay doctor --json | jq -r '.data.checks[] | select(.result == "fail") | .code'
3cx-relay doctor --key-file key.txt
\`\`\`

\`--json\` gives \`{"schema":"3cx-relay/doctor/1","data":{result, seenFrom, daemon, version, startedAt, durationMs, checks}}\`; each check has
\`name, looksAt, result, code, evidence, cause, fix, durationMs\`. \`result\` is \`ok\`, \`warning\`, \`fail\` or \`skipped\`. \`--plain\` gives
a line a check: result, name, code, evidence, fix, with tabs between.

A check is skipped where one it needs fails: the cause stands above its effects. A daemon that runs is asked itself: it has the
only token, and has seen what nobody else has (\`seenFrom: inside\`). Where it cannot be asked, because you are neither root nor logged
in, all is seen from outside and the token is left alone, since a second one would end the daemon's; what needs a token (marked *) is
then skipped, and the daemon's own words stand under \`daemon\`. With the daemon stopped a token is taken: a program that shares the client id loses its own then,
which is the fault \`TOKEN_TAKEN\` seen from the other side. To prove that sessions of the database only read, a statement is
tried that would have nothing to do even if it were allowed.

`;

/** docs/doctor.md, made from the table of checks; a test compares. */
export function doctorPage(): string {
  const rows = CHECKS.flatMap(({ name, looksAt, faults, isWithToken }) => [
    `## ${name}${isWithToken ? ' *' : ''}`,
    '',
    `${looksAt}.`,
    '',
    ...table(faults),
    '',
  ]);
  const general = ['## Every check', '', 'What any of them can end with besides.', '', ...table(GENERAL)];
  return `${HEAD}${[...rows, ...general].join('\n')}\n`;
}

function table(faults: typeof GENERAL): string[] {
  const lines = Object.entries(faults).map(
    ([code, { result, cause, fix }]) => `| \`${code}\` | ${result} | ${cause} | ${fix} |`,
  );
  return ['| Code | Result | Cause | What to do |', '|---|---|---|---|', ...lines];
}
