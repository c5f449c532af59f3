import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { chromiumSite, hasChromium, type Site } from './page.ts';

/** What a page can do: each line of its console tells how one thing went. */
function trying({ relay, key, slowKey }: Record<'relay' | 'key' | 'slowKey', string>): string {
  return `
    const [relay, key, slowKey] = ${JSON.stringify([relay, key, slowKey])};
    const tell = async (what, work) => console.log(what + ': ' + (await work().catch(error => error.name)));
    const ask = async (path, { bearer = key, ...options } = {}) => {
      const headers = { Authorization: 'Bearer ' + bearer, ...options.headers };
      return await fetch(relay + path, { ...options, headers });
    };
    const code = async answer => answer.status + ' ' + (await answer.json()).code;
    const json = { 'Content-Type': 'application/json', 'X-Request-Id': 'mine' };
    await tell('key', async () => {
      const { status, headers } = await ask('/relay/me', { headers: { 'X-Request-Id': 'mine' } });
      return [status, Number(headers.get('RateLimit-Remaining')) > 0, headers.get('X-Request-Id')];
    });
    await tell('post', async () => code(await ask('/relay/calls', { method: 'POST', headers: json, body: '{}' })));
    await tell('wrong key', async () => code(await ask('/relay/me', { bearer: 'wrong' })));
    await tell('nowhere', async () => code(await ask('/relay/nowhere')));
    await tell('too often', async () => {
      for (let count = 0; count < 2; count++) await ask('/relay/me', { bearer: slowKey });
      const { status, headers } = await ask('/relay/me', { bearer: slowKey });
      return [status, Number(headers.get('Retry-After')) > 0];
    });
    await tell('export', async () => {
      const { headers } = await ask('/relay/call-history', { headers: { Accept: 'text/csv' } });
      return headers.get('Content-Disposition');
    });
    await tell('stream', async () => {
      const headers = { Accept: 'text/event-stream', 'Last-Event-ID': 'other:4' };
      const reader = (await ask('/relay/events', { headers })).body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('"reason":"epoch"')) text += (await reader.read()).value;
      return 'told the gap';
    });
    const query = async () => {
      const answer = await ask('/relay/tickets', { method: 'POST' }).catch(() => undefined);
      return answer ? '?ticket=' + (await answer.json()).ticket : '?api_key=' + key;
    };
    await tell('WebSocket', async () => {
      const socket = new WebSocket(relay.replace('http', 'ws') + '/relay/ws' + (await query()));
      return new Promise(resolve => {
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
        socket.onclose = () => resolve('refused');
      });
    });
    await tell('EventSource', async () => {
      const events = new EventSource(relay + '/relay/events' + (await query()));
      return new Promise(resolve => {
        events.addEventListener('hello', ({ type }) => resolve(type));
        events.onerror = () => resolve('refused');
      });
    });
    console.log('done');
  `;
}

describe('a page in Chromium (at /usr/bin/chromium, or where CHROMIUM says)', () => {
  const story = it.skipIf(!hasChromium);
  let allowed: Site;
  let other: Site;
  let rig: RelayRig;
  let script: string;

  beforeAll(async () => {
    if (!hasChromium) return;
    [allowed, other] = [await chromiumSite(), await chromiumSite()];
    rig = await RelayRig.start({}, { ALLOWED_ORIGINS: allowed.origin });
    const slowKey = await rig.newKey({ name: 'slow', permissions: ['read'], ratePerMinute: 2 });
    script = trying({ relay: rig.daemon.relayUrl, key: rig.key, slowKey });
  });
  afterAll(async () => {
    await rig?.stop();
    for (const site of [allowed, other]) await site?.stop();
  });

  async function whatWorksFrom(site: Site): Promise<Record<string, string>> {
    const page = await site.open(script);
    onTestFinished(() => page.stop());
    await expect.poll(() => page.logged.at(-1), { timeout: 20_000 }).toBe('done');
    return Object.fromEntries(page.logged.slice(0, -1).map(text => text.split(': ')));
  }

  story('of an allowed origin can do all and is told why when it cannot', async () => {
    expect(await whatWorksFrom(allowed)).toEqual({
      key: '200,true,mine',
      post: '400 E_BAD_REQUEST',
      'wrong key': '401 E_KEY_INVALID',
      nowhere: '404 E_NOT_FOUND',
      'too often': '429,true',
      export: 'attachment; filename="call-history.csv"',
      stream: 'told the gap',
      WebSocket: 'hello',
      EventSource: 'hello',
    });
  });

  const nothing = {
    ...{ key: 'TypeError', post: 'TypeError', 'wrong key': 'TypeError', nowhere: 'TypeError' },
    ...{ 'too often': 'TypeError', export: 'TypeError', stream: 'TypeError' },
    ...{ WebSocket: 'refused', EventSource: 'refused' },
  };

  story('of another origin can do nothing, even with a key', async () => {
    expect(await whatWorksFrom(other)).toEqual(nothing);
  });
});
