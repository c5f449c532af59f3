import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Answer, BodyTooLarge, parseJson, readBody, send } from '../front/http.ts';
import { CONTROL_ROUTES, type ControlParts } from './routes.ts';

/** The simulator's own door, beside the PBX's: faults there do not reach here. */
export class ControlServer {
  readonly #parts: ControlParts;
  readonly #server: Server;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(answer => send(response, answer));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { pathname } = new URL(request.url ?? '/', 'http://control');
    const here = CONTROL_ROUTES.flatMap(route => {
      const match = route.path.exec(pathname);
      return match ? [{ route, name: decodeURIComponent(match[1] ?? '') }] : [];
    });
    const found = here.find(({ route }) => route.method === request.method);
    if (!found) {
      return problem(
        here.length > 0 ? 405 : 404,
        `There is no ${request.method} ${pathname}`,
        'GET / lists what there is',
      );
    }
    try {
      const body = parseJson(await readBody(request));
      return await found.route.answer(this.#parts, { name: found.name, body });
    } catch (error) {
      if (error instanceof z.ZodError)
        return problem(400, z.prettifyError(error), 'GET / shows each route with an example');
      if (error instanceof SyntaxError)
        return problem(400, `The body is no JSON: ${error.message}`, 'send a JSON object');
      if (error instanceof BodyTooLarge) return problem(413, error.message, 'send less');
      return problem(500, String(error), 'this is a defect of the simulator');
    }
  }
}

function problem(status: number, message: string, hint: string): Answer {
  return { status, body: { error: { message, hint } } };
}
