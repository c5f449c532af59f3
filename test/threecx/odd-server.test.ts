import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ThreeCxLimits } from '../../src/daemon/sources/threecx/options.ts';
import { createSource, Recorder } from './bench.ts';

/**
 * A server that does what no 3CX and no simulator of one should do. It knows three addresses; each test says how one
 * of them answers.
 */
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let stop: () => Promise<void>;
afterEach(() => stop());

const json =
  (body: unknown): Answer =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };
const NORMAL: Record<string, Answer> = {
  '/connect/token': json({ token_type: 'Bearer', expires_in: 60, access_token: 'opaque' }),
  '/callcontrol': json([{ dn: '101', type: 'Wextension', devices: [], participants: [] }]),
  '/xapi/v1/ActiveCalls': json({ value: [] }),
};

async function startOdd(answers: Record<string, Answer> = {}, limits: Partial<ThreeCxLimits> = {}) {
  const recorder = new Recorder();
  const sockets = new Set<WebSocket>();
  const asked: string[] = [];
  server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? '';
    asked.push(path);
    const answer = answers[path] ?? NORMAL[path] ?? ((_request, missing) => missing.writeHead(404).end());
    answer(request, response);
  });
  const upgrades = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    upgrades.handleUpgrade(request, socket, head, webSocket => {
      sockets.add(webSocket);
      webSocket.on('error', () => {});
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const source = createSource(
    recorder,
    { pbxUrl: `http://127.0.0.1:${port}`, clientId: 'relay', clientSecret: 'secret' },
    { limits },
  );
  const life = new AbortController();
  source.start(life.signal);
  stop = async () => {
    await source.stop();
    for (const socket of sockets) socket.terminate();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  const send = (data: string | Buffer) => {
    for (const socket of sockets) socket.send(data);
  };
  return { recorder, send, asked, source };
}

describe('the socket brings', () => {
  const frame =
    '{ "sequence" : 1,\n "event":{"event_type":0.0,"entity":"/callcontrol/101","attached_data":{"x":"\\u00e9"}}}';

  it('odd spelling: the log has it letter by letter', async () => {
    const { recorder, send } = await startOdd();
    await expect.poll(() => recorder.state('callcontrol')?.state).toBe('up');
    send(frame);
    await expect.poll(() => recorder.drafts('call_event')).toHaveLength(1);
    expect(recorder.drafts('call_event')[0]).toMatchObject({ body: frame, dns: ['101'] });
  });

  it('JSON nested a million deep: refused, and a hole told', async () => {
    const { recorder, send } = await startOdd();
    await expect.poll(() => recorder.state('callcontrol')?.state).toBe('up');
    send(`{"event":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`);
    await expect.poll(() => recorder.drafts('gap')).toHaveLength(1);
    expect(recorder.codes()).toContain('json_too_deep');
    expect(recorder.drafts('call_event')).toEqual([]);
  });

  it('something binary: counted, and a hole told', async () => {
    const { recorder, send } = await startOdd();
    await expect.poll(() => recorder.state('callcontrol')?.state).toBe('up');
    send(Buffer.from([1, 2, 3]));
    await expect.poll(() => recorder.drafts('gap')).toHaveLength(1);
    expect(recorder.codes()).toContain('binary_frame');
  });

  it('JSON that is no frame: passed on to whoever may see everything', async () => {
    const { recorder, send } = await startOdd();
    await expect.poll(() => recorder.state('callcontrol')?.state).toBe('up');
    send('{"hello":"world"}');
    await expect
      .poll(() => recorder.drafts('call_event'))
      .toMatchObject([{ body: '{"hello":"world"}', dns: ['?'] }]);
    expect(recorder.codes()).toContain('unknown_frame');
  });
});

describe('a token', () => {
  it('refused to many at once is renewed once, also for the one who hears of it last', async () => {
    let minted = 0;
    const guarded =
      (delayMs: number): Answer =>
      (request, response) => {
        const isGood = minted > 1 && request.headers.authorization === `Bearer token-${minted}`;
        // As in a storm: refusals arrive when others have renewed already.
        const answer = () =>
          isGood ? json({ value: [] })(request, response) : response.writeHead(401).end();
        if (isGood) answer();
        else setTimeout(answer, delayMs);
      };
    const { source, recorder } = await startOdd({
      '/connect/token': (request, response) => {
        minted += 1;
        json({ expires_in: 60, access_token: `token-${minted}` })(request, response);
      },
      '/xapi/v1/fast': guarded(0),
      '/callcontrol/slow': guarded(150),
    });
    await expect.poll(() => recorder.state('callcontrol')?.state).toBe('up');
    const { signal } = new AbortController();
    const asks = ['/callcontrol/slow', '/xapi/v1/fast', '/callcontrol/slow'].map(path =>
      source.xapi.get(path, { signal, isUrgent: true }),
    );
    expect(await Promise.all(asks)).toHaveLength(3);
    expect(minted).toBe(2);
  });
});

describe('HTTP brings', () => {
  it('a refused list: asked no more for ten minutes, while XAPI itself is watched', async () => {
    const { recorder, asked } = await startOdd({
      '/xapi/v1/ActiveCalls': (_request, response) => response.writeHead(403).end(),
      '/xapi/v1/Defs': json({ Id: 0 }),
    });
    const count = (path: string) => asked.filter(one => one === path).length;
    await expect.poll(() => count('/xapi/v1/Defs')).toBeGreaterThan(3);
    expect(count('/xapi/v1/ActiveCalls')).toBe(1);
    expect(recorder.state('xapi')).toMatchObject({ state: 'degraded', rung: 'XAPI' });
  });

  it('a redirect: named, not followed, and the token stays here', async () => {
    const { recorder, asked } = await startOdd({
      '/xapi/v1/ActiveCalls': (_request, response) =>
        response.writeHead(302, { location: '/elsewhere' }).end(),
    });
    await expect.poll(() => recorder.state('xapi')?.reason ?? '').toContain('redirects (302)');
    expect(asked).not.toContain('/elsewhere');
  });

  it('more than we take: cut off', async () => {
    const { recorder } = await startOdd(
      { '/xapi/v1/ActiveCalls': json({ value: [], filler: 'x'.repeat(200_000) }) },
      { bodyMaxBytes: 100_000 },
    );
    await expect.poll(() => recorder.state('xapi')?.reason ?? '').toContain('more than we accept');
  });

  it('half a body: unreachable, not half a list', async () => {
    const { recorder } = await startOdd({
      '/xapi/v1/ActiveCalls': (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
        response.write('{"value":[', () => response.destroy());
      },
    });
    await expect.poll(() => recorder.state('xapi')?.reason ?? '').toContain('cannot be reached');
    expect(recorder.facts('allCalls')).toEqual([]);
  });

  it('part of a list: refused, for the rest would be told to be over', async () => {
    const { recorder } = await startOdd({
      '/xapi/v1/ActiveCalls': json({ value: [], '@odata.nextLink': 'more' }),
    });
    await expect.poll(() => recorder.codes()).toContain('partial_list');
    expect(recorder.facts('allCalls')).toEqual([]);
  });

  it('a 429 with a time: nothing is asked before it is over', async () => {
    const { recorder, asked } = await startOdd({
      '/xapi/v1/ActiveCalls': (_request, response) => response.writeHead(429, { 'retry-after': '60' }).end(),
    });
    await expect.poll(() => recorder.state('xapi')?.nextAttemptAt ?? 0).toBeGreaterThan(Date.now() + 50_000);
    await expect.poll(() => recorder.state('callcontrol')?.latencyMs).toEqual(expect.any(Number));
    expect(asked.filter(path => path === '/xapi/v1/ActiveCalls')).toHaveLength(1);
    expect(recorder.state('callcontrol')?.state).toBe('up');
  });

  it.each([
    ['a page', '<html>login</html>', 'web page'],
    ['no token', '{}', 'access_token'],
  ])('%s instead of a token', async (_name, body, words) => {
    const { recorder } = await startOdd({ '/connect/token': (_request, response) => response.end(body) });
    await expect.poll(() => recorder.state('xapi')?.reason ?? '').toContain(words);
  });

  it('a refusal that quotes a number: the error masks it', async () => {
    const { source } = await startOdd({
      '/callcontrol/101/devices': json([]),
      '/callcontrol/101/makecall': (_request, response) => {
        response.writeHead(422, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({
            finalstatus: 'Failed',
            reason: 'NotPossible',
            reasontext: '+442079460101 is busy',
          }),
        );
      },
    });
    const error = await source.commands.makeCall({ from: '101', to: '102' }).catch(thrown => thrown);
    expect(error).toMatchObject({ code: 'E_REFUSED_BY_PBX' });
    expect(error.message).toContain('NotPossible: …101 is busy');
  });

  it.each([
    [{ finalstatus: -1, reason: 'Busy' }, 'refused'],
    [{ finalstatus: 1, reason: 'None', result: { callid: 77 } }, '77'],
    [{ finalstatus: 0 }, null],
    ['', null],
  ])('the outcome %j', async (outcome, expected) => {
    const { source } = await startOdd({
      '/callcontrol/101/devices': json([]),
      '/callcontrol/101/makecall':
        outcome === '' ? (_request, response) => response.writeHead(202).end() : json(outcome),
    });
    const order = source.commands.makeCall({ from: '101', to: '102' });
    if (expected === 'refused') await expect(order).rejects.toMatchObject({ code: 'E_REFUSED_BY_PBX' });
    else await expect(order).resolves.toMatchObject({ accepted: true, sourceCallId: expected });
  });
});
