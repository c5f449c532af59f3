import { ProtocolError } from '../bounded-json.ts';
import { parsePage } from '../messages.ts';
import type { XapiClient } from './xapi-client.ts';

const PAGE_ROWS = 100;
/** 20,000 numbers; a list that goes on is refused whole rather than told in part. */
const PAGES_MAX = 200;

/** Every row of a collection, page by page. `path` carries a `?` when it has options. */
export async function allRows(
  client: Pick<XapiClient, 'get'>,
  path: string,
  signal: AbortSignal,
): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let page = 0; page < PAGES_MAX; page++) {
    const glue = path.includes('?') ? '&' : '?';
    const answer = parsePage(
      await client.get(`${path}${glue}$top=${PAGE_ROWS}&$skip=${rows.length}`, { signal }),
    );
    rows.push(...answer.rows);
    if (answer.rows.length === 0 || (answer.rows.length < PAGE_ROWS && !answer.hasMore)) return rows;
  }
  throw new ProtocolError(
    'list_too_long',
    `A list of the phone system has more than ${PAGES_MAX * PAGE_ROWS} rows`,
  );
}
