const HEAD = `# Settings of 3cx-relay. All variables: docs/configuration.md. After a change:
#   3cx-relay config check && systemctl restart 3cx-relay
# (or 'systemctl reload 3cx-relay' for levels, limits and origins).
`;

/** The file as it is, with these variables in it: each in the place it had, else at the end. */
export function withVariables(text: string | null, variables: Readonly<Record<string, string>>): string {
  const lines = (text ?? HEAD).replace(/\n$/, '').split('\n');
  for (const [name, value] of Object.entries(variables)) {
    const line = `${name}=${quoted(value)}`;
    const at = lines.findIndex(one => nameIn(one) === name);
    if (at < 0) lines.push(line);
    else if (valueIn(lines[at] ?? '') !== value) lines[at] = line;
  }
  return `${lines.join('\n')}\n`;
}

/** What is set in it; an empty value counts as none. */
export function variablesIn(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap(line => {
    const [name, value] = [nameIn(line), valueIn(line)];
    return name === null || value === '' ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

function nameIn(line: string): string | null {
  return /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=/.exec(line)?.[1] ?? null;
}

function valueIn(line: string): string {
  const value = line.slice(line.indexOf('=') + 1).trim();
  const [, quote, inside] = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(value) ?? [];
  return quote === undefined ? value.replace(/\s+#.*$/, '') : (inside ?? '');
}

function quoted(value: string): string {
  return /^[\w.,:/@%+-]*$/.test(value) ? value : `'${value}'`;
}
