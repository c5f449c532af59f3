import type { z } from 'zod';
import {
  LOG_LEVELS,
  lineSchema,
  logsQuery,
  logsSchema,
  watchQuery,
} from '../../../../shared/control-api/upkeep-schemas.ts';
import type { Operator } from '../../../guards/operators/operator.ts';
import type { RouteCall } from '../../http/route.ts';
import { type ControlParts, type ControlRoute, control, type LogLine } from '../parts.ts';
import type { LineStreams } from '../streams/line-streams.ts';
import { shownLine } from '../streams/log-line.ts';
import type { WatchBoard } from '../streams/watch-board.ts';

const NDJSON = 'application/x-ndjson';

/** What goes on and on: lines of the log, and all changes. */
export function streamRoutes(parts: ControlParts, streams: LineStreams, board: WatchBoard): ControlRoute[] {
  const { logs } = parts;
  return [
    control({
      method: 'GET',
      path: '/admin/logs',
      summary: "The daemon's newest log lines; with Accept: application/x-ndjson it follows them",
      right: 'viewer',
      query: logsQuery,
      answers: { 200: { description: 'The oldest first', schema: logsSchema, alsoAs: [NDJSON] } },
      handle: asked => {
        const { after, limit } = asked.query;
        const lines = logs.after(after, Number.MAX_SAFE_INTEGER);
        const wanted = lines.filter(isWanted(asked.query)).slice(-limit);
        if ((asked.request.headers.accept ?? '').includes(NDJSON))
          return follow(parts, streams, asked, wanted);
        return { status: 200, body: { lines: wanted.map(shownLine), next: lines.at(-1)?.id ?? after } };
      },
    }),
    control({
      method: 'GET',
      path: '/admin/watch',
      summary: 'One snapshot, then every change with the whole object, one JSON document a line',
      right: 'viewer',
      query: watchQuery,
      answers: { 200: { description: 'NDJSON without an end', schema: lineSchema, alsoAs: [NDJSON] } },
      handle: ({ who, response, headers, query }) => {
        const stream = streams.open({ who, response, headers });
        stream.onEnd(board.add(stream, query.with));
        return 'taken';
      },
    }),
  ];
}

function isWanted({ level }: z.output<typeof logsQuery>): (line: LogLine) => boolean {
  if (level === LOG_LEVELS[0]) return () => true;
  const least = LOG_LEVELS.indexOf(level);
  return line => LOG_LEVELS.indexOf(shownLine(line).level) >= least;
}

function follow(
  { logs }: ControlParts,
  streams: LineStreams,
  { who, response, headers, query }: RouteCall<Operator, z.output<typeof logsQuery>>,
  backlog: LogLine[],
): 'taken' {
  const stream = streams.open({ who, response, headers });
  const passes = isWanted(query);
  stream.write(backlog.map(lineOf).join(''));
  stream.onEnd(
    logs.onLine(line => {
      if (passes(line)) stream.write(lineOf(line));
    }),
  );
  return 'taken';
}

function lineOf(line: LogLine): string {
  return `${JSON.stringify(shownLine(line))}\n`;
}
