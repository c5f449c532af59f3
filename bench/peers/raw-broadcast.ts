import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';

// As far as plain Node goes with one write an event: the frame is made once, and each client's socket is handed the
// same bytes. Without everything else that makes a WebSocket server.
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT_FRAME = 0x81;
const LENGTH_IN_16_BITS = 126;
const clients = new Set<Duplex>();
const server = createServer();

server.on('upgrade', (request, socket) => {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  clients.add(socket);
  socket.on('close', () => clients.delete(socket));
  socket.on('error', () => socket.destroy());
});

const upstream = process.env['UPSTREAM'];
if (upstream !== undefined) {
  new WebSocket(upstream).on('message', data => {
    const frame = frameOf(data as Buffer);
    for (const client of clients) client.write(frame);
  });
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});

function frameOf(text: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([TEXT_FRAME, LENGTH_IN_16_BITS, text.length >> 8, text.length & 0xff]),
    text,
  ]);
}
