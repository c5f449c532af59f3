import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RelayRig, type RelaySocket } from '../relay/relay-rig.ts';
import { frame, hasRoom, hearsCalls, OPCODE, opened, PATIENCE, RawClient } from './fault-kit.ts';

/** The groups of the Autobahn suite, against our own wiring; another client stands by and must not notice anything. */
let rig: RelayRig;
let witness: RelaySocket;
let client: RawClient;

beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  witness = await opened(rig.connect());
});
afterAll(async () => {
  await hearsCalls(rig, witness);
  expect(witness.closeCode).toBe(0);
  witness.close();
  await rig.stop();
});
beforeEach(async () => {
  client = await RawClient.upgraded(rig);
});
afterEach(() => client.destroy());

const PING = '{"type":"ping","id":1}';
const { text, binary, close, ping, pong, continuation } = OPCODE;

function closeWith(code: number, reason: Buffer | string = ''): Buffer {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(code);
  return frame(close, { payload: Buffer.concat([number, Buffer.from(reason)]) });
}

function texts(): string[] {
  return client.frames.filter(({ opcode }) => opcode === text).map(({ payload }) => String(payload));
}

async function pongComes(): Promise<void> {
  await expect.poll(() => texts().some(one => one.includes('"type":"pong"'))).toBe(true);
}

describe('a frame against the protocol ends the connection, with the code that says why', () => {
  it.each<[string, Buffer[], number]>([
    ['an opcode for data that does not exist', [frame(3, { payload: 'x' })], 1002],
    ['a control opcode that does not exist', [frame(11)], 1002],
    ['reserved bit 1 without an extension', [frame(text, { payload: PING, reserved: 0x40 })], 1002],
    ['reserved bit 2', [frame(text, { payload: PING, reserved: 0x20 })], 1002],
    ['reserved bit 3 on a ping', [frame(ping, { reserved: 0x10 })], 1002],
    ['a frame that is not masked', [frame(text, { payload: PING, isMasked: false })], 1002],
    ['a ping in pieces', [frame(ping, { payload: 'x', isFinal: false })], 1002],
    ['a close in pieces', [frame(close, { isFinal: false })], 1002],
    ['a ping of 126 bytes', [frame(ping, { payload: 'x'.repeat(126) })], 1002],
    ['a piece of nothing', [frame(continuation, { payload: 'x' })], 1002],
    [
      'a new message within another',
      [frame(text, { payload: '{', isFinal: false }), frame(text, { payload: PING })],
      1002,
    ],
    ['a close frame of one byte', [frame(close, { payload: 'x' })], 1002],
    ['text that is no UTF-8', [frame(text, { payload: Buffer.from([0xce, 0xba, 0xff]) })], 1007],
    ['half of a surrogate pair', [frame(text, { payload: Buffer.from([0xed, 0xa0, 0x80]) })], 1007],
    [
      'UTF-8 broken over two pieces',
      [
        frame(text, { payload: Buffer.from([0xce]), isFinal: false }),
        frame(continuation, { payload: Buffer.from([0x20]) }),
      ],
      1007,
    ],
    ['a close reason that is no UTF-8', [closeWith(1000, Buffer.from([0xff]))], 1007],
    ['a message too large', [frame(text, { payload: 'x'.repeat(65_537) })], 1009],
    [
      'a message too large in pieces',
      [
        frame(text, { payload: 'x'.repeat(40_000), isFinal: false }),
        frame(continuation, { payload: 'x'.repeat(40_000) }),
      ],
      1009,
    ],
    [
      'a message in more pieces than anybody needs',
      [
        frame(text, { isFinal: false }),
        ...Array.from({ length: 64 }, () => frame(continuation, { payload: ' ', isFinal: false })),
      ],
      1008,
    ],
    ['an empty message', [frame(text)], 4400],
    ['binary', [frame(binary, { payload: PING })], 4400],
  ])('%s', async (_, frames, code) => {
    client.send(Buffer.concat(frames));
    await expect.poll(() => client.closeCode, PATIENCE).toBe(code);
    client.send(frame(close));
    await expect.poll(() => client.hasEnded || client.isClosed, PATIENCE).toBe(true);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])(
    'a close frame with %i, which never goes over the wire',
    async code => {
      client.send(closeWith(code));
      await expect.poll(() => client.closeCode, PATIENCE).toBe(1002);
    },
  );

  it('a length of 2^63 is refused before anything of it comes', async () => {
    client.send(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
    await expect.poll(() => client.closeCode, PATIENCE).toBe(1009);
  });
});

describe('what the protocol allows', () => {
  it.each([1000, 1001, 1003, 1011, 3000, 4999])('a close with %i is answered and ends it', async code => {
    client.send(closeWith(code, 'bye'));
    await expect.poll(() => client.closeCode, PATIENCE).toBe(code);
    await expect.poll(() => client.hasEnded || client.isClosed, PATIENCE).toBe(true);
  });

  it('a close without a code is answered', async () => {
    client.send(frame(close));
    await expect.poll(() => client.frames.some(({ opcode }) => opcode === close)).toBe(true);
    await expect.poll(() => client.hasEnded || client.isClosed, PATIENCE).toBe(true);
  });

  it.each(['', 'x', 'x'.repeat(125)])('a ping brings its payload back: %j', async payload => {
    client.send(frame(ping, { payload }));
    await expect
      .poll(() => client.frames.filter(({ opcode }) => opcode === pong).map(one => String(one.payload)))
      .toEqual([payload]);
  });

  it('a pong that nobody asked for means nothing', async () => {
    client.send(Buffer.concat([frame(pong, { payload: 'unasked' }), frame(text, { payload: PING })]));
    await pongComes();
    expect(client.closeCode).toBeNull();
  });

  it('a message in pieces, with a ping between them', async () => {
    client.send(
      Buffer.concat([
        frame(text, { payload: PING.slice(0, 5), isFinal: false }),
        frame(ping, { payload: 'between' }),
        frame(continuation, { isFinal: false }),
        frame(continuation, { payload: PING.slice(5) }),
      ]),
    );
    await pongComes();
    expect(client.frames.filter(({ opcode }) => opcode === pong)).toHaveLength(1);
  });

  it('a frame that comes byte by byte', async () => {
    client.socket.setNoDelay(true);
    for (const byte of frame(text, { payload: PING })) client.send(Buffer.from([byte]));
    await pongComes();
  });

  it('a message of just the size that is allowed is read, and found to be none', async () => {
    client.send(frame(text, { payload: `"${'x'.repeat(65_534)}"` }));
    await expect.poll(() => client.closeCode, PATIENCE).toBe(4400);
  });
});

it('bytes that are no frames at all harm nobody', async () => {
  client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await expect.poll(() => client.closeCode, PATIENCE).toBe(1002);
  const torn = await RawClient.upgraded(rig);
  torn.send(frame(text, { payload: PING }).subarray(0, 4));
  torn.destroy();
  await hearsCalls(rig, witness);
});

it('whoever does not answer the close is let go all the same', async () => {
  const relayLimits = { http: { connectionsMax: 1 }, session: { closeWithinMs: 300 } };
  const small = await RelayRig.start({}, {}, { relayLimits });
  const mute = await RawClient.upgraded(small);
  expect(await hasRoom(small)).toBe(false);
  mute.send(frame(binary));
  await expect.poll(() => mute.closeCode, PATIENCE).toBe(4400);
  await expect.poll(() => hasRoom(small), PATIENCE).toBe(true);
  mute.destroy();
  await small.stop();
});
