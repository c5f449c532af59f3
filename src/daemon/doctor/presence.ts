import * as z from 'zod';
import type { Config } from '../config/config.ts';
import { lockState } from '../instance-lock.ts';
import type { Presence, PublicHealth } from './live-view.ts';

const HEALTH_WITHIN_MS = 1500;
const HEALTH_MAX_CHARS = 65_536;

const healthSchema = z.looseObject({
  status: z.string(),
  version: z.string(),
  uptime: z.number(),
  components: z.record(z.string(), z.looseObject({ state: z.string(), since: z.string() })),
});

/** Whether a daemon runs on this folder: by its lock, which the kernel frees with the process, and by its own word. */
export async function presenceOf(config: Config): Promise<Presence> {
  const lock = lockState(config.paths.lockFile);
  if (lock === 'free') return { kind: 'stopped' };
  const relayUrl = relayUrlOf(config);
  if (relayUrl === null) {
    const why = 'PORT is 0, so nobody outside the daemon knows where it listens';
    return lock === 'held' ? { kind: 'beside', relayUrl, health: null, why } : { kind: 'unknown', why };
  }
  const answer = await askHealth(relayUrl);
  const isHeard = typeof answer !== 'string';
  if (lock === 'unknown' && !isHeard) {
    return { kind: 'unknown', why: `the lock may not be read by this user, and ${relayUrl} says: ${answer}` };
  }
  return { kind: 'beside', relayUrl, health: isHeard ? answer : null, why: isHeard ? null : answer };
}

/** The relay's public health, or why it was not told. */
export async function askHealth(relayUrl: string): Promise<PublicHealth | string> {
  try {
    const response = await fetch(`${relayUrl}/relay/health`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(HEALTH_WITHIN_MS),
    });
    const text = await response.text();
    if (text.length > HEALTH_MAX_CHARS) return 'an answer too long to be ours';
    const parsed = healthSchema.safeParse(asJson(text));
    return parsed.success ? parsed.data : `an answer that is not ours (${response.status})`;
  } catch (error) {
    return causeOf(error);
  }
}

/** What the built-in fetch hides one level down. */
export function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return 'an unknown error';
  if (inner.name === 'TimeoutError') return 'no answer in time';
  return 'code' in inner && typeof inner.code === 'string' ? inner.code : inner.message;
}

export function relayUrlOf({ listen }: Pick<Config, 'listen'>): string | null {
  if (listen.port === 0) return null;
  // What listens everywhere also listens here.
  const host = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[listen.host] ?? listen.host;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${listen.port}`;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
