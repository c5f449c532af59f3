import { Box, Transform, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { memo, type ReactNode, useEffect, useMemo, useSyncExternalStore } from 'react';
import { pressesOf } from './actions/press.ts';
import type { Dashboard } from './dashboard.ts';
import type { Frame } from './frame.ts';
import { KeptFrame } from './kept-frame.ts';
import { heard, pasted } from './keyboard.ts';
import type { Terminal } from './terminal/terminal.ts';

interface AppProps {
  dashboard: Dashboard;
  terminal: Terminal;
}

/** Joins what Ink hears with what the dashboard knows, and hands Ink the lines. */
export function App({ dashboard, terminal }: AppProps): ReactNode {
  const { columns, rows } = useWindowSize();
  const { suspendTerminal } = useApp();
  const kept = useMemo(() => new KeptFrame(dashboard), [dashboard]);
  const { lines, places } = useSyncExternalStore(dashboard.publisher.subscribe, () =>
    frameOrEnd(() => kept.for({ width: columns, height: rows }), terminal),
  );
  useInput((input, key) => {
    for (const press of pressesOf(input, key)) heard(press, dashboard);
  });
  usePaste(text => pasted(text, dashboard));
  useEffect(() => terminal.suspendedBy(() => suspendTerminal()), [terminal, suspendTerminal]);
  terminal.places = places;
  return (
    // Never as wide as the columns: on a resize Ink first draws the old tree, and a line that wraps leaves it astray.
    <Box flexDirection="column" width="100%" height={rows} overflow="hidden">
      {lines.map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Row key={row} text={text} isFor={columns} output={terminal.output} />
      ))}
    </Box>
  );
}

const NOTHING: Frame = { lines: [], places: { tabs: [], tabsLine: 1, bodyFrom: 0 } };

/** What cannot be drawn ends us. Ink has a page for such errors, which fails in a bundle: then nothing would ever end. */
function frameOrEnd(draw: () => Frame, terminal: Terminal): Frame {
  try {
    return draw();
  } catch (error) {
    terminal.quit(error instanceof Error ? error : new Error(String(error)));
    return NOTHING;
  }
}

interface RowProps {
  text: string;
  /** How wide the terminal was for it. */
  isFor: number;
  output: Terminal['output'];
}

/**
 * What Ink measures, wraps and cuts is a space; the line takes its place at the end, when it is cut and clean already.
 * Half of the processor time went into measuring it.
 */
const Row = memo(function Row({ text, isFor, output }: RowProps): ReactNode {
  return <Transform transform={() => (output.columns < isFor ? '' : text)}> </Transform>;
});
