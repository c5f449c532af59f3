import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

// node:http with nothing around it: the same bytes for every request, no key, no router, no check.
const body = process.env['BODY'] ?? '{}';
const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
const server = createServer((_, response) => {
  response.writeHead(200, headers);
  response.end(body);
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
