import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RelayRig } from '../relay/relay-rig.ts';

export const PASSWORD = 'correct horse battery';

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
type Json = any;

export interface ControlReply {
  status: number;
  headers: IncomingMessage['headers'];
  body: Json;
}

interface Asking {
  /** Null: none; otherwise the operator token. */
  token?: string | null;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Somebody at the control socket of a rig's daemon. */
export class Operating {
  readonly #rig: RelayRig;

  constructor(rig: RelayRig) {
    this.#rig = rig;
  }

  get socketPath(): string {
    return join(this.#rig.home, 'control.sock');
  }

  get operatorToken(): string {
    return readFileSync(join(this.#rig.home, 'operator.token'), 'utf8').trim();
  }

  get(path: string, asking: Asking = {}): Promise<ControlReply> {
    return this.ask('GET', path, asking);
  }

  async ask(method: string, path: string, asking: Asking = {}): Promise<ControlReply> {
    const response = await this.#send(method, path, asking);
    let text = '';
    for await (const chunk of response) text += chunk;
    const isJson = /application\/(problem\+)?json/.test(response.headers['content-type'] ?? '');
    const body = isJson && text !== '' ? JSON.parse(text) : text;
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  /** An answer that goes on. */
  async follow(path: string, asking: Asking = {}): Promise<Followed> {
    const headers = { accept: 'application/x-ndjson', ...asking.headers };
    return new Followed(await this.#send('GET', path, { ...asking, headers }));
  }

  /** Any text that goes on, such as server-sent events. */
  async followText(path: string, asking: Asking = {}): Promise<FollowedText> {
    return new FollowedText(await this.#send('GET', path, asking));
  }

  /** An account, and the token of a login with it. */
  async login(name: string, role: 'admin' | 'viewer'): Promise<string> {
    await this.ask('POST', '/admin/users', { body: { name, role, password: PASSWORD } });
    const { status, body } = await this.ask('POST', '/admin/login', {
      token: null,
      body: { name, password: PASSWORD },
    });
    expect(status).toBe(200);
    return body.token;
  }

  /** What the audit log says, the newest first. */
  async audited(query = ''): Promise<Json[]> {
    return (await this.get(`/admin/audit${query}`)).body.rows;
  }

  #send(
    method: string,
    path: string,
    { token = this.operatorToken, body, headers = {} }: Asking,
  ): Promise<IncomingMessage> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sending = request(
        {
          socketPath: this.socketPath,
          method,
          path,
          agent: false,
          headers: {
            ...(token !== null && { authorization: `Bearer ${token}` }),
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...headers,
          },
        },
        resolve,
      );
      sending.on('error', reject);
      sending.end(text);
    });
  }
}

class FollowedText {
  readonly response: IncomingMessage;
  text = '';
  isOver = false;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', piece => {
      this.text += piece;
    });
    response.on('error', () => {});
    response.on('close', () => {
      this.isOver = true;
    });
  }

  close(): void {
    this.response.destroy();
  }
}

/** Lines as they come, and whether they have ended. */
class Followed {
  readonly lines: Json[] = [];
  readonly response: IncomingMessage;
  isOver = false;
  #rest = '';

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', chunk => this.#take(chunk));
    response.on('error', () => {});
    response.on('close', () => {
      this.isOver = true;
    });
  }

  of(type: string): Json[] {
    return this.lines.filter(line => line.type === type);
  }

  close(): void {
    this.response.destroy();
  }

  #take(chunk: string): void {
    const parts = (this.#rest + chunk).split('\n');
    this.#rest = parts.pop() ?? '';
    this.lines.push(...parts.map(part => JSON.parse(part)));
  }
}
