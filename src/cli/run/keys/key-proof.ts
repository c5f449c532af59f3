import { causeOf } from '../../../daemon/doctor/presence.ts';
import { upgrade } from '../../../daemon/doctor/probes/round-trip.ts';
import type { CreatedKey } from '../../../daemon/guards/api-keys.ts';

/** One thing that was tried with a key. */
export interface Proof {
  what: string;
  result: 'ok' | 'warning' | 'fail' | 'skipped';
  found: string;
}

interface Places {
  relayUrl: string;
  /** Null where there is no outside. */
  publicUrl: string | null;
}

interface Told {
  status: number;
  body: Record<string, unknown>;
}

/** A relay that has just been started on a busy machine may take its time. */
const WITHIN_MS = 10_000;

/** Uses a new key as a program would: by the relay's own address, then by the public name. */
export async function proveKey(made: CreatedKey, { relayUrl, publicUrl }: Places): Promise<Proof[]> {
  const inside = await tryAt(relayUrl, made);
  if (publicUrl === null) return inside;
  // Many networks do not lead the public name back inside: that is no fault of the key.
  const outside = (await tryAt(publicUrl, made)).map(
    (proof): Proof => (proof.result === 'fail' ? { ...proof, result: 'warning' } : proof),
  );
  return [...inside, ...outside];
}

async function tryAt(url: string, made: CreatedKey): Promise<Proof[]> {
  const what = `GET ${url}/relay/health`;
  const health = await ask(`${url}/relay/health`);
  if (typeof health === 'string') return [{ what, result: 'fail', found: health }];
  const { status } = health.body;
  if (typeof status !== 'string') {
    return [{ what, result: 'fail', found: `an answer that is not ours (${health.status})` }];
  }
  return [
    { what, result: 'ok', found: `the relay is ${status}` },
    await tryMe(url, made),
    await tryStream(url, made),
  ];
}

async function tryMe(url: string, { key, record: { id, networks } }: CreatedKey): Promise<Proof> {
  const what = `GET ${url}/relay/me`;
  const me = await ask(`${url}/relay/me`, key);
  if (typeof me === 'string') return { what, result: 'fail', found: me };
  if (me.status === 200 && me.body['id'] === id) {
    return { what, result: 'ok', found: `the relay knows the key ${id}` };
  }
  if (me.status === 403 && networks !== null) {
    return { what, result: 'skipped', found: `the key may not come from here, only ${networks.join(', ')}` };
  }
  return { what, result: 'fail', found: `it was answered with ${me.status}` };
}

/** The answer, or why there was none. */
async function ask(url: string, key: string | null = null): Promise<Told | string> {
  try {
    const response = await fetch(url, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(WITHIN_MS),
    });
    const body: unknown = await response.json().catch(() => null);
    return {
      status: response.status,
      body: typeof body === 'object' && body !== null ? { ...body } : {},
    };
  } catch (error) {
    return causeOf(error);
  }
}

async function tryStream(url: string, { key, record }: CreatedKey): Promise<Proof> {
  const what = `${url.replace(/^http/, 'ws')}/relay/ws`;
  if (!record.permissions.includes('read')) {
    return { what, result: 'skipped', found: 'the key may not read' };
  }
  const { signal } = new AbortController();
  const trip = await upgrade({
    ...{ url, path: '/relay/ws', key, authorities: [], signal },
    withinMs: WITHIN_MS,
  });
  if (trip.kind === 'hello') return { what, result: 'ok', found: 'hello came' };
  if (trip.kind === 'refused' && trip.status === 403 && record.networks !== null) {
    return { what, result: 'skipped', found: 'the key may not come from here' };
  }
  const found = trip.kind === 'refused' ? `it was refused with ${trip.status} ${trip.code ?? ''}` : trip.why;
  return { what, result: 'fail', found: found.trim() };
}
