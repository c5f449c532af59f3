import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

// What a programmer writes in an afternoon: a pool, the rows as they are, JSON.stringify. No key, no check of what is
// asked, no record put together out of the columns; exports hold all rows in memory.
const COLUMNS = [
  ...['cdr_id', 'main_call_history_id', 'cdr_started_at', 'cdr_answered_at', 'cdr_ended_at'],
  ...['source_entity_type', 'source_dn_number', 'source_dn_name', 'source_participant_name'],
  ...['source_participant_phone_number', 'source_participant_trunk_did', 'source_participant_is_incoming'],
  ...['destination_entity_type', 'destination_dn_number', 'destination_dn_name'],
  ...['destination_participant_name', 'destination_participant_phone_number', 'continued_in_cdr_id'],
  ...['termination_reason', 'termination_reason_details'],
];
const ORDER = 'ORDER BY cdr_started_at DESC, cdr_id DESC';
const pool = new pg.Pool({ ...JSON.parse(process.env['DATABASE'] ?? '{}'), max: 10 });

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://peer');
  const work = url.pathname === '/export' ? exportRows : page;
  work(url.searchParams, response).catch(error => {
    response.writeHead(500);
    response.end(String(error));
  });
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

async function page(query: URLSearchParams, response: ServerResponse): Promise<void> {
  const key = query.get('key');
  const values = [query.get('start'), query.get('end'), Number(query.get('limit'))];
  const after = key === null ? '' : 'AND (cdr_started_at, cdr_id) < ($4, $5)';
  const { rows } = await pool.query(
    `SELECT ${COLUMNS.join(', ')} FROM cdroutput WHERE cdr_started_at >= $1 AND cdr_started_at < $2 ${after} ${ORDER} LIMIT $3`,
    key === null ? values : [...values, key, query.get('id')],
  );
  const body = JSON.stringify({ records: rows });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function exportRows(query: URLSearchParams, response: ServerResponse): Promise<void> {
  const { rows } = await pool.query(
    `SELECT ${COLUMNS.join(', ')} FROM cdroutput WHERE cdr_started_at >= $1 AND cdr_started_at < $2 ${ORDER}`,
    [query.get('start'), query.get('end')],
  );
  const isCsv = query.get('format') === 'csv';
  response.writeHead(200, { 'Content-Type': isCsv ? 'text/csv' : 'application/x-ndjson' });
  if (isCsv) response.write(`${COLUMNS.join(',')}\r\n`);
  for (const row of rows) response.write(isCsv ? csvLine(row) : `${JSON.stringify(row)}\n`);
  response.end();
}

function csvLine(row: Record<string, unknown>): string {
  return `${COLUMNS.map(name => cell(row[name])).join(',')}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = value instanceof Date ? value.toISOString() : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
