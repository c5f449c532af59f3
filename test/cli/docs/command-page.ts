import type { Command } from '../../../src/cli/command.ts';
import { COMMANDS } from '../../../src/cli/table.ts';
import { COMMON_OPTIONS_SHOWN, exitsOf, longForm, usageOf } from '../../../src/cli/words/manual.ts';
import { THEMES } from '../../../src/cli/words/themes.ts';
import { cell } from './cell.ts';

const HEAD = `# Commands

All there is at the command line, as \`3cx-relay help <command>\` tells it with options and examples. \`man 3cx-relay\` has the same where
the manual is installed. Everything asks the daemon over its [control API](control-api.md) and needs a login or root
([who may](decisions/0010-operators-and-audit.md)), except where it says that it needs no daemon.

- stdout has the data and nothing else; everything that is said beside it goes to stderr. A pipe that is closed ends it quietly.
- \`--json\` prints one document, or one a line: [cli-json.md](cli-json.md). \`--plain\` prints lines with tabs between, columns that
  stay, no header. Without either the text is for people and may change.
- Phone numbers are masked everywhere without \`--show-numbers\`.
- What changes something takes \`--dry-run\`; what cannot be undone asks at a terminal and needs \`--yes\` elsewhere.
- An error says what happened and what to do next, with a code that stays: [errors.md](errors.md).
- \`3cx-relay completion bash\`, \`zsh\` or \`fish\` teaches the shell, ids and names included.
`;

/** docs/cli.md */
export function commandPage(): string {
  const all = COMMANDS.map(({ command }) => command);
  const themes = THEMES.flatMap(([title, words]) => [
    `## ${title}`,
    '',
    ...['| Command | What it does | `--json` | Exit codes of its own |', '|---|---|---|---|'],
    ...words.flatMap(word => all.filter(({ name }) => name.split(' ')[0] === word)).map(row),
    '',
  ]);
  const options = Object.entries(COMMON_OPTIONS_SHOWN).map(([name, option]) => {
    const short = option.alias === undefined ? '' : `\`-${option.alias}\`, `;
    return `| ${short}\`${longForm(name, option)}\` | ${cell(option.describe)} |`;
  });
  return [
    HEAD,
    ...themes,
    ...['## Options of every command', '', '| Option | Meaning |', '|---|---|', ...options, ''],
    ...['## Exit codes', '', '| Code | Meaning |', '|---|---|'],
    ...Object.entries(exitsOf([])).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`),
    '',
    '`check` follows monitoring plug-ins instead: 0 ok, 1 warning, 2 critical, 3 unknown.',
    '',
  ].join('\n');
}

function row(command: Command): string {
  const { summary, json, exits = {} } = command;
  const schema = json === undefined ? '' : `[${json.schema}](cli-json.md#${anchorOf(json.schema)})`;
  const own = Object.entries(exits).map(([code, meaning]) => `${code}: ${meaning}`);
  const usage = usageOf(command).replace(/^3cx-relay | \[options\]$/g, '');
  return `| \`${usage}\` | ${cell(summary)} | ${schema} | ${cell(own.join('; '))} |`;
}

/** As GitHub makes it of a title. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
