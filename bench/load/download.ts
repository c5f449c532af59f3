import { Agent, get } from 'node:http';

export interface Download {
  status: number;
  text: string;
  lines: number;
  bytes: number;
  ms: number;
}

const LINE_END = 10;
const agent = new Agent({ keepAlive: true });

/** One answer, its lines counted; its text is kept only when it is wanted. */
export function download(
  url: string,
  { headers = {}, isKept = false }: { headers?: Record<string, string>; isKept?: boolean } = {},
): Promise<Download> {
  const beganAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers }, response => {
      const kept: Buffer[] = [];
      let lines = 0;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) lines += 1;
        if (isKept) kept.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(kept).toString('utf8'),
          ...{ lines, bytes, ms: performance.now() - beganAt },
        }),
      );
    });
    request.on('error', reject);
  });
}
