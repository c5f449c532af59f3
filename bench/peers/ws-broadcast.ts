import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

// The loop that everybody writes first: what comes in over one socket goes out to all the others. No key, no journal,
// no resume. With `?dns=` a client gets only what concerns these numbers, as the relay's filters do.
const clients = new Map<WebSocket, ReadonlySet<string> | null>();
const server = createServer();
const sockets = new WebSocketServer({ server });

sockets.on('connection', (socket, request) => {
  const dns = new URLSearchParams(request.url?.split('?')[1]).get('dns');
  clients.set(socket, dns === null ? null : new Set(dns.split(',')));
  socket.on('close', () => clients.delete(socket));
  socket.on('error', () => socket.terminate());
});

const upstream = process.env['UPSTREAM'];
if (upstream !== undefined) {
  const hasFilters = process.env['FILTERS'] === 'yes';
  new WebSocket(upstream).on('message', data => {
    const text = String(data);
    if (hasFilters) sendFiltered(text);
    else for (const client of clients.keys()) client.send(text);
  });
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

function sendFiltered(text: string): void {
  const dn = JSON.parse(text).event.entity.split('/')[2];
  for (const [client, dns] of clients) if (dns === null || dns.has(dn)) client.send(text);
}
