import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { frame, OPCODE } from './fault-kit.ts';

type TokenAnswer = { status: number; type: string; body: string } | 'hang' | null;

/** A proxy before the phone system, as many have one: it can answer in its place, and say more than it said. */
export interface Front {
  url: string;
  leadTo(simulator: Simulator): void;
  /** What comes instead of a token; null for what the phone system itself says. */
  answer(token: TokenAnswer): void;
  /** A frame on the live socket that the phone system never sent; bytes go as a binary one. */
  say(what: string | Buffer): void;
  stop(): Promise<void>;
}

export async function startFront(): Promise<Front> {
  let target = { host: '127.0.0.1', port: 0 };
  let instead: TokenAnswer = null;
  const sockets = new Set<Duplex>();
  const live = new Set<Socket>();

  function pass(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/connect/token' && instead !== null) {
      if (instead !== 'hang')
        response.writeHead(instead.status, { 'content-type': instead.type }).end(instead.body);
      return;
    }
    const { method, url: path, headers } = request;
    const onward = ask({ ...target, ...(method && { method }), ...(path && { path }), headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  const server = createServer(pass);
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, near: Socket, head: Buffer) => {
    const far = connect(target);
    const lines = [];
    for (let index = 0; index < request.rawHeaders.length; index += 2)
      lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`);
    far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    far.pipe(near);
    near.pipe(far);
    live.add(near);
    for (const [one, other] of [
      [far, near],
      [near, far],
    ] as const) {
      one.on('error', () => one.destroy());
      one.on('close', () => {
        other.destroy();
        live.delete(near);
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: simulator => {
      target = { host: '127.0.0.1', port: Number(new URL(simulator.addresses.pbxUrl).port) };
    },
    answer: token => {
      instead = token;
    },
    say: what => {
      const opcode = typeof what === 'string' ? OPCODE.text : OPCODE.binary;
      for (const socket of live) socket.write(frame(opcode, { payload: what, isMasked: false }));
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
