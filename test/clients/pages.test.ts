import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Demo, startDemo } from './demo.ts';
import { Line } from './line.ts';
import { chromiumSite, hasChromium, nodeSite, type Page, readmeClient, type Site } from './page.ts';

const places: [string, boolean, () => Promise<Site>][] = [
  ['Node', true, nodeSite],
  ['Chromium (at /usr/bin/chromium, or where CHROMIUM says)', hasChromium, chromiumSite],
];

describe.each(places)("the README's page in %s", (_, isThere, makeSite) => {
  const story = it.skipIf(!isThere);
  let site: Site;
  let demo: Demo;
  let line: Line;

  beforeAll(async () => {
    if (!isThere) return;
    site = await makeSite();
    demo = await startDemo({ allowedOrigins: site.origin });
    line = await Line.to(demo.relayUrl);
  });
  afterAll(async () => {
    line?.stop();
    await demo?.stop();
    await site?.stop();
  });

  async function ask(path: string) {
    const response = await fetch(demo.relayUrl + path, { headers: { 'x-api-key': demo.apiKey } });
    return (await response.json()) as { head: number; next: number; entries: { seq: number }[] };
  }

  async function log({ from, to, types }: { from: number; to: number; types: string }): Promise<number[]> {
    const seqs: number[] = [];
    for (let next = from - 1; next < to; ) {
      const page = await ask(`/relay/events?after=${next}&limit=500${types}`);
      seqs.push(...page.entries.map(entry => entry.seq));
      next = page.next;
    }
    return seqs.filter(seq => seq <= to);
  }

  const heardBy = {
    webSocket: (page: Page) => page.logged.map(text => Number(/^(\d+) /.exec(text)?.[1])).filter(Boolean),
    eventSource: (page: Page) =>
      page.logged.map(text => Number(/^[0-9a-f]+:(\d+) /.exec(text)?.[1])).filter(Boolean),
  };

  /** Both ways have heard something newer than what the log holds now. */
  async function isUpToDate(page: Page): Promise<void> {
    const { head } = await ask('/relay/events?limit=1');
    for (const heard of Object.values(heardBy))
      await expect.poll(() => heard(page).at(-1), { timeout: 40_000 }).toBeGreaterThan(head);
  }

  const asked = (path: string): string[] => line.requests.filter(request => request.startsWith(path));

  story(
    'hears all of the demo, through a cut line and a proxy that misses the relay',
    async () => {
      const page = await site.open(readmeClient({ relay: line.url, key: demo.apiKey }));
      onTestFinished(() => page.stop());
      await isUpToDate(page);

      line.cut();
      await isUpToDate(page);
      const [first, again] = asked('GET /relay/events');
      expect(again).toBe(first);
      expect(asked('GET /relay/ws').length).toBeGreaterThan(1);

      line.missRelay();
      await expect
        .poll(() => line.missed, { timeout: 20_000 })
        .toEqual(expect.arrayContaining([first, 'POST /relay/tickets']));
      line.relayIsBack();
      await isUpToDate(page);
      expect(asked('GET /relay/events').at(-1)).not.toBe(first);

      for (const [heard, types] of [
        [heardBy.webSocket(page), ''],
        [heardBy.eventSource(page), '&types=call,gap'],
      ] as const) {
        const [from = 0, to = 0] = [heard[0], heard.at(-1)];
        expect(heard).toEqual(await log({ from, to, types }));
      }
      expect(page.warned.filter(text => text.includes('missing'))).toEqual([]);
    },
    120_000,
  );

  story('is told why a ticket is refused', async () => {
    const page = await site.open(`
      const [relay, key] = ${JSON.stringify([demo.relayUrl, demo.apiKey])};
      const authorised = { method: 'POST', headers: { Authorization: 'Bearer ' + key } };
      const { ticket } = await (await fetch(relay + '/relay/tickets', authorised)).json();
      const follow = () => new Promise(resolve => {
        const socket = new WebSocket(relay.replace('http', 'ws') + '/relay/ws?ticket=' + ticket);
        socket.onmessage = ({ data }) => resolve(JSON.parse(data).type);
        socket.onclose = ({ code }) => resolve(code);
      });
      console.log('first', await follow());
      console.log('second', await follow());
      const events = new EventSource(relay + '/relay/events?ticket=' + ticket);
      await new Promise(resolve => (events.onerror = resolve));
      console.log('closed', events.readyState === EventSource.CLOSED);
      const why = await fetch(relay + '/relay/events?ticket=' + ticket);
      console.log(why.status, (await why.json()).detail);
    `);
    onTestFinished(() => page.stop());
    await expect
      .poll(() => page.logged, { timeout: 20_000 })
      .toEqual([
        'first hello',
        'second 1006',
        'closed true',
        expect.stringMatching(/^401 The ticket was used already, .* POST \/relay\/tickets/),
      ]);
  });
});
