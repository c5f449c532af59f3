import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';

let steppedMs = 0;
const clock = {
  now: () => Date.now() + steppedMs,
  elapsed: () => performance.now() + steppedMs,
};
const ORIGIN = 'https://crm.example.com';
let rig: RelayRig;

beforeAll(async () => {
  rig = await RelayRig.start({}, { ALLOWED_ORIGINS: ORIGIN }, { clock });
  await rig.seesCalls();
});
afterAll(() => rig.stop());

/** An event stream as EventSource asks for it: no header but those it sets itself. */
class EventStream {
  status = 0;
  code = '';
  text = '';
  hasEnded = false;
  readonly #life = new AbortController();

  constructor(ticket: string, headers: Record<string, string> = {}) {
    void this.#read(ticket, headers).catch(() => {
      this.hasEnded = true;
    });
  }

  /** The last id it was told, which a browser keeps even when nothing was heard with it. */
  get lastId(): string {
    return [...this.text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '';
  }

  get seqs(): number[] {
    return [...this.text.matchAll(/^data: .*?"seq":(\d+)/gm)].map(match => Number(match[1]));
  }

  cut(): void {
    this.#life.abort();
  }

  async #read(ticket: string, headers: Record<string, string>): Promise<void> {
    const response = await fetch(`${rig.daemon.relayUrl}/relay/events?ticket=${ticket}`, {
      headers: { accept: 'text/event-stream', origin: ORIGIN, ...headers },
      signal: this.#life.signal,
    });
    this.status = response.status;
    for await (const chunk of response.body ?? []) this.text += Buffer.from(chunk).toString();
    if (response.status !== 200) this.code = JSON.parse(this.text).code;
    this.hasEnded = true;
  }
}

async function ticketOf(key = rig.key): Promise<string> {
  const { status, body } = await rig.ask('POST', '/relay/tickets', {
    headers: { authorization: `Bearer ${key}`, origin: ORIGIN },
  });
  expect(status).toBe(201);
  return body.ticket;
}

async function begun(stream: EventStream): Promise<EventStream> {
  await expect.poll(() => stream.lastId).not.toBe('');
  return stream;
}

async function refused(stream: EventStream): Promise<string> {
  await expect.poll(() => stream.code).not.toBe('');
  return `${stream.status} ${stream.code}`;
}

/** A stream that began with the ticket and was cut off; the relay has noticed. */
async function brokenOff(ticket: string): Promise<EventStream> {
  const stream = await begun(new EventStream(ticket));
  stream.cut();
  return stream;
}

describe('the ticket of an event stream', () => {
  it('lets the stream come back to where it was, though it had heard nothing yet', async () => {
    const ticket = await ticketOf();
    const first = await brokenOff(ticket);
    expect(first.seqs).toEqual([]);
    rig.act({ do: 'dialIn', call: 'missed', from: '+442079460101', did: '+442079460200' });
    rig.act({ do: 'route', call: 'missed', to: '101' });
    const { head } = (await rig.get('/relay/events')).body;
    await expect.poll(async () => (await rig.get('/relay/events')).body.head).toBeGreaterThan(head);
    const second = new EventStream(ticket, { 'last-event-id': first.lastId });
    await expect.poll(() => second.seqs.at(-1) ?? 0).toBeGreaterThan(head);
    const began = Number(first.lastId.split(':')[1]);
    expect(second.seqs).toEqual(second.seqs.map((_, index) => began + 1 + index));
    second.cut();
  });

  it('does not open another one', async () => {
    const ticket = await ticketOf();
    const first = await brokenOff(ticket);
    expect(await refused(new EventStream(ticket))).toBe('401 E_KEY_INVALID');
    const back = { 'last-event-id': first.lastId };
    const elsewhere = new EventStream(ticket, { ...back, 'x-forwarded-for': '192.0.2.7' });
    expect(await refused(elsewhere)).toBe('401 E_KEY_INVALID');
    const socket = rig.connect(`?ticket=${ticket}`, back);
    await expect.poll(() => socket.refusal).toBe(401);
    await begun(new EventStream(ticket, back)).then(stream => stream.cut());
  });

  it('has one stream at a time: who comes back before the relay noticed ends the old one', async () => {
    const ticket = await ticketOf();
    const old = await begun(new EventStream(ticket));
    const next = await begun(new EventStream(ticket, { 'last-event-id': old.lastId }));
    await expect.poll(() => old.hasEnded).toBe(true);
    expect(next.hasEnded).toBe(false);
    next.cut();
  });

  it('is worth nothing when its key was revoked, and its stream ends', async () => {
    const key = await rig.newKey({ name: 'short', permissions: ['read'] });
    const ticket = await ticketOf(key);
    const stream = await begun(new EventStream(ticket));
    rig.daemon.keys.revoke(key.split('_')[1] ?? '');
    await expect.poll(() => stream.hasEnded).toBe(true);
    const back = new EventStream(ticket, { 'last-event-id': stream.lastId });
    expect(await refused(back)).toBe('401 E_KEY_EXPIRED');
  });

  it('ends: unused after 30 s, used five minutes after its stream, and says what to do', async () => {
    const [used, unused] = [await ticketOf(), await ticketOf()];
    const first = await brokenOff(used);
    const back = { 'last-event-id': first.lastId };
    steppedMs += 31_000;
    const late = new EventStream(unused);
    expect(await refused(late)).toBe('401 E_KEY_INVALID');
    expect(JSON.parse(late.text).detail).toContain('POST /relay/tickets');
    await begun(new EventStream(used, back)).then(stream => stream.cut());
    // Once more where the relay had not yet noticed the cut when five minutes went by.
    await expect
      .poll(async () => {
        steppedMs += 301_000;
        const again = new EventStream(used, back);
        await expect.poll(() => again.text).not.toBe('');
        again.cut();
        return again.code;
      })
      .toBe('E_KEY_INVALID');
  });
});
