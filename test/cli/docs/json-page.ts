import * as z from 'zod';
import type { Command } from '../../../src/cli/command.ts';
import { CONTRACTS } from '../../../src/cli/contracts/index.ts';
import { COMMANDS } from '../../../src/cli/table.ts';
import { cell } from './cell.ts';
import { examples } from './examples.ts';

const HEAD = `# What \`--json\` prints

One document on one line: \`{"schema":"3cx-relay/<name>/<version>","data":{…}}\`. Below stands what \`data\` is. Streams print one
document a line: \`listen\` and \`logs\` just the data. Fields may be added; none is renamed or taken away as long as the version stays. Times are
RFC 3339 in UTC, and in \`listen\` what programs get. A command that fails prints nothing on stdout, and on stderr \`{"error":{"code","message","hint"}}\`
([errors.md](errors.md)); what is said beside an answer is left out, except that the daemon has another version.
\`--version --json\` gives \`version/1\`, and \`help --json\` \`help/1\`: all commands, or those named, with what each takes.

\`\`\`text
3cx-relay status --json | jq -r .data.status
3cx-relay calls --json | jq -r '.data.calls[] | [.state, .from.number] | @tsv'
3cx-relay keys list --json | jq -r '.data.keys[] | select(.state == "active") | .name'
\`\`\`

Examples are of a real run with the simulator, each list cut to its first entry.
`;

const LINE_CHARS = 110;

/** Of what zod makes of a contract: only what is used here. */
interface Shape {
  type?: string | string[];
  format?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  anyOf?: Shape[];
  oneOf?: Shape[];
}

interface Field {
  path: string;
  type: string;
  meaning: string;
}

/** docs/cli-json.md */
export function jsonPage(): string {
  const shown = examples();
  const sections = Object.entries(CONTRACTS).flatMap(([schema, contract]) => {
    const shape = z.toJSONSchema(contract, { io: 'output', unrepresentable: 'any' }) as Shape;
    const commands = COMMANDS.map(({ command }) => command).filter(({ json }) => json?.schema === schema);
    const example = shown[schema];
    return [
      `## ${schema}`,
      '',
      ...saidOf(commands, shape),
      ...forms(shape).flatMap(tableOf),
      ...(example === undefined ? [] : ['```json', told(example), '```', '']),
    ];
  });
  return [HEAD, ...sections].join('\n');
}

function saidOf(commands: readonly Command[], { description }: Shape): string[] {
  const names = commands.map(
    ({ name, summary, json }) => `\`${name}\`${json?.lines ? ', a line each' : ''}: ${summary}.`,
  );
  const said = [
    ...names,
    ...(description === undefined ? [] : [`${description.charAt(0).toUpperCase()}${description.slice(1)}.`]),
  ];
  return said.length === 0 ? [] : [said.join(' '), ''];
}

/** One, or those of which it is one. */
function forms(shape: Shape): Shape[] {
  return shape.anyOf ?? shape.oneOf ?? [shape];
}

function tableOf(shape: Shape, index: number): string[] {
  const rows = fieldsOf(shape, '').map(({ path, type, meaning }) => `| \`${path}\` | ${type} | ${meaning} |`);
  return [
    ...(index > 0 ? [shape.properties?.['dryRun'] ? 'With `--dry-run`:' : 'Or:', ''] : []),
    ...['| Field | Type | Meaning |', '|---|---|---|', ...rows, ''],
  ];
}

function fieldsOf(shape: Shape, lead: string): Field[] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, one]) => {
    const path = `${lead}${name}`;
    const isSure = shape.required?.includes(name) ?? false;
    const meaning = [...(isSure ? [] : ['not always there']), ...meanings(one)].join('; ');
    return [{ path, type: typeOf(one), meaning: cell(meaning) }, ...below(one, path)];
  });
}

function meanings(shape: Shape): string[] {
  return shape.description === undefined ? [] : [shape.description];
}

function below(shape: Shape, path: string): Field[] {
  if (shape.items) return below(shape.items, `${path}[]`);
  if (shape.properties) return fieldsOf(shape, `${path}.`);
  return forms(shape)
    .filter(form => form !== shape)
    .flatMap(form => below(form, path));
}

function typeOf(shape: Shape): string {
  if (shape.const !== undefined) return cell(`\`${JSON.stringify(shape.const)}\``);
  if (shape.enum) return cell(shape.enum.map(one => `\`${one === '' ? '""' : one}\``).join(', '));
  if (shape.anyOf ?? shape.oneOf) return [...new Set(forms(shape).map(typeOf))].join(' or ');
  if (shape.type === 'array')
    return shape.items?.properties ? 'list of objects' : `list of ${typeOf(shape.items ?? {})}`;
  if (shape.format === 'date-time') return 'time';
  return shape.type === undefined ? 'anything' : [shape.type].flat().join(' or ');
}

/** On one line what fits on one. */
function told(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + line.length <= LINE_CHARS) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map(one => inner + told(one, inner)).join(',\n')}\n${indent}]`;
  const fields = Object.entries(value).map(([name, one]) => `${inner}"${name}": ${told(one, inner)}`);
  return `{\n${fields.join(',\n')}\n${indent}}`;
}
