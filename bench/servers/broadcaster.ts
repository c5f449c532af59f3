import { Crowd } from '../load/crowd.ts';
import { Upstream } from '../load/upstream.ts';
import { Peer, type PeerName } from './peer.ts';
import { Relay } from './relay.ts';
import type { ServerProcess } from './server-process.ts';

interface CrowdOrder {
  count: number;
  /** Query of the i-th client, without the question mark. */
  queryOf?: (index: number) => string;
  /** Which key the i-th client has; the relay only, as is `after`. Without it they share all keys. */
  keyOf?: (index: number) => number;
  /** The seq that every client has already. */
  after?: number;
}

/** A server that hands on what its own upstream sends, and how clients reach it: the relay and its peers alike. */
export interface Broadcaster {
  readonly name: string;
  readonly upstream: Upstream;
  readonly process: ServerProcess;
  readonly port: number;
  connect(order: CrowdOrder): Promise<Crowd>;
  stop(): Promise<void>;
}

export interface RelayBroadcaster extends Broadcaster {
  readonly relay: Relay;
}

interface RelayOrder {
  keys?: number;
  nodeOptions?: string;
  variables?: Record<string, string>;
}

export async function startRelay(order: RelayOrder = {}): Promise<RelayBroadcaster> {
  const upstream = new Upstream();
  await upstream.start();
  const pbx = { url: upstream.url, clientId: 'relay', clientSecret: 'bench' };
  const relay = await Relay.start({ pbx, ...order }).catch(async error => {
    await upstream.stop();
    throw error;
  });
  return {
    ...{ name: 'relay', upstream, relay, port: relay.port },
    get process() {
      return relay.process;
    },
    connect: ({ count, queryOf, keyOf, after }) =>
      Crowd.connect(count, index => ({
        ...(after !== undefined && { after }),
        port: relay.port,
        path: `/relay/ws${queryOf ? `?${queryOf(index)}` : ''}`,
        key: relay.key(keyOf?.(index) ?? index),
      })),
    stop: async () => {
      await relay.stop();
      await upstream.stop();
    },
  };
}

export async function startPeer(
  name: Extract<PeerName, 'ws-broadcast' | 'raw-broadcast'>,
  { hasFilters = false } = {},
): Promise<Broadcaster> {
  const upstream = new Upstream();
  await upstream.start();
  const peer = await Peer.start(name, {
    UPSTREAM: `${upstream.url.replace('http', 'ws')}/callcontrol/ws`,
    FILTERS: hasFilters ? 'yes' : 'no',
  });
  await upstream.connected();
  return {
    ...{ name, upstream, process: peer.process, port: peer.port },
    connect: ({ count, queryOf }) =>
      Crowd.connect(count, index => ({
        port: peer.port,
        path: `/${queryOf ? `?${queryOf(index)}` : ''}`,
        isPartial: queryOf !== undefined,
      })),
    stop: async () => {
      await peer.stop();
      await upstream.stop();
    },
  };
}
