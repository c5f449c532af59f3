import { Box, Text, useInput, usePaste, useWindowSize } from 'ink';
import { memo, type ReactNode, useSyncExternalStore } from 'react';
import { pressesOf } from './actions/press.ts';
import type { Dashboard } from './dashboard.ts';
import { frameOf, type Places } from './frame.ts';
import { heard, pasted } from './keyboard.ts';

interface AppProps {
  dashboard: Dashboard;
  onDrawn: (places: Places) => void;
}

/** Joins what Ink hears with what the dashboard knows, and hands Ink the lines. */
export function App({ dashboard, onDrawn }: AppProps): ReactNode {
  const { columns, rows } = useWindowSize();
  useSyncExternalStore(dashboard.publisher.subscribe, dashboard.publisher.version);
  useInput((input, key) => {
    for (const press of pressesOf(input, key)) heard(press, dashboard);
  });
  usePaste(text => pasted(text, dashboard));
  const { lines, places } = frameOf(dashboard, { width: columns, height: rows });
  onDrawn(places);
  return (
    // Never as wide as the columns: on a resize Ink first draws the old tree, and a line that wraps leaves it astray.
    <Box flexDirection="column" width="100%" height={rows} overflow="hidden">
      {lines.map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place on the screen
        <Row key={row} text={text} />
      ))}
    </Box>
  );
}

const Row = memo(function Row({ text }: { text: string }): ReactNode {
  return <Text wrap="truncate-end">{text === '' ? ' ' : text}</Text>;
});
