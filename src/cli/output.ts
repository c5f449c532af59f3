import { AppError } from '../shared/errors.ts';
import { EXIT } from '../shared/exit-codes.ts';

/** One document for scripts: `3cx-relay/<name>/<version>` and the data. Fields are added, never renamed. */
export function printJson(schema: string, data: unknown): void {
  process.stdout.write(`${JSON.stringify({ schema: `3cx-relay/${schema}`, data })}\n`);
}

/** Columns as wide as their widest cell. */
export function printTable(header: readonly string[], rows: readonly string[][]): void {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)),
  );
  const lines = [header, ...rows].map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Names and values, one a line. */
export function printFields(fields: Record<string, string>): void {
  const width = Math.max(...Object.keys(fields).map(name => name.length));
  const lines = Object.entries(fields).map(([name, value]) => `${name.padEnd(width)}  ${value}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Runs a command's work; an error we know becomes its text on stderr and its exit code, any other goes on. */
export async function reporting(isJson: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, detail, kind } = error;
    const text = isJson
      ? JSON.stringify({ error: { code, message: kind.title, hint: detail } })
      : `3cx-relay: ${detail} (${code})`;
    process.stderr.write(`${text}\n`);
    // 78 speaks to the service manager; people's commands call a wrong configuration wrong usage.
    process.exitCode = code === 'E_CONFIG' ? EXIT.usage : (kind.exit ?? EXIT.failed);
  }
}
