import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import { type Answer, BodyTooLarge, parseJson, parseTarget, readBody, send } from '../front/http.ts';
import { LoopbackServer } from '../front/loopback-server.ts';
import { CONTROL_ROUTES, type ControlParts } from './routes.ts';

/** The control address, beside the PBX's: faults there do not reach here. */
export class ControlServer extends LoopbackServer {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    super({
      name: 'The control address',
      portOption: '--control-port',
      serve: async (request, response) => {
        response.on('error', () => response.destroy());
        send(response, await this.#answer(request).catch(answerToError));
      },
    });
    this.#parts = parts;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const pathname = parseTarget(request.url)?.pathname;
    if (pathname === undefined)
      return problem(400, 'The address cannot be read', 'GET / lists what there is');
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
    const body = parseJson(await readBody(request));
    return await found.route.answer(this.#parts, { name: found.name, body });
  }
}

function answerToError(error: unknown): Answer {
  if (error instanceof z.ZodError)
    return problem(400, z.prettifyError(error), 'GET / shows each route with an example');
  if (error instanceof URIError)
    return problem(400, 'The address has broken escapes', 'escape a percent sign as %25');
  if (error instanceof SyntaxError)
    return problem(400, `The body is no JSON: ${error.message}`, 'send a JSON object');
  if (error instanceof BodyTooLarge) return problem(413, error.message, 'send less');
  return problem(500, String(error), 'this is a defect of the simulator');
}

function problem(status: number, message: string, hint: string): Answer {
  return { status, body: { error: { message, hint } } };
}
