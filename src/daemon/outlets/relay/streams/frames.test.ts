import { expect, it } from 'vitest';
import * as ws from 'ws';
import { FrameWriter } from './frames.ts';

/** What a receiver that is not ours makes of it. */
async function received(bytes: Buffer): Promise<string[]> {
  const { Receiver } = ws as unknown as { Receiver: new (options: object) => NodeJS.WritableStream };
  const receiver = new Receiver({ isServer: false, maxPayload: 0 });
  const messages: string[] = [];
  receiver.on('message', data => messages.push(String(data)));
  await new Promise<void>((resolve, reject) => {
    receiver.once('error', reject);
    receiver.write(bytes, () => resolve());
  });
  return messages;
}

it('writes frames of every length that a client reads as they were', async () => {
  const lengths = [0, 1, 41, 42, 125, 126, 127, 600, 21_845, 21_846, 65_535, 65_536, 300_000];
  const texts = [
    ...lengths.map(length => 'a'.repeat(length)),
    'é'.repeat(63),
    '漢'.repeat(22_000),
    '😀'.repeat(41),
  ];
  const frames = new FrameWriter();
  for (const text of texts) frames.add(text);
  expect(await received(frames.bytes())).toEqual(texts);
});
