import { Listener, type ListenerOptions } from './listener.ts';

/** Connections being opened at one time: more would measure the listen queue. */
const OPENING_MAX = 100;
/** Beyond, further addresses of loopback are used, each with its own ports. */
const CLIENTS_PER_ADDRESS = 20_000;

/** Many clients of one server. */
export class Crowd {
  readonly listeners: Listener[] = [];

  static async connect(count: number, optionsOf: (index: number) => ListenerOptions): Promise<Crowd> {
    const crowd = new Crowd();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        const index = next++;
        const address = 1 + Math.floor(index / CLIENTS_PER_ADDRESS);
        // Only where it is needed: a bound address takes a port for all destinations, not for this one alone.
        const local = address === 1 ? {} : { localAddress: `127.0.0.${address}` };
        const listener = new Listener({ ...local, ...optionsOf(index) });
        await listener.opened().catch(error => {
          throw new Error(`Client ${index + 1} of ${count} could not connect: ${error.message}`);
        });
        crowd.listeners.push(listener);
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, OPENING_MAX) }, worker));
    return crowd;
  }

  get events(): number {
    return this.listeners.reduce((sum, listener) => sum + listener.events, 0);
  }

  get bytes(): number {
    return this.listeners.reduce((sum, listener) => sum + listener.bytes, 0);
  }

  /** Empty when every client has had everything, in order, and is still there. */
  faults(): string {
    const total = { holes: 0, disorder: 0, gaps: 0, cut: 0 };
    for (const { faults, isOpen } of this.listeners) {
      total.holes += faults.holes;
      total.disorder += faults.disorder;
      total.gaps += faults.gaps;
      total.cut += isOpen ? 0 : 1;
    }
    const { holes, disorder, gaps, cut } = total;
    return [
      holes > 0 ? `${holes} holes` : '',
      disorder > 0 ? `${disorder} out of order` : '',
      gaps > 0 ? `${gaps} gaps` : '',
      cut > 0 ? `${cut} clients cut` : '',
    ]
      .filter(Boolean)
      .join(', ');
  }

  end(): void {
    for (const listener of this.listeners) listener.end();
  }
}
