import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { pbxOf, Relay } from '../servers/relay.ts';
import { BenchScreen } from './bench-screen.ts';

interface Size {
  columns?: number;
  rows?: number;
}

const SEED = 7;
const EXTENSIONS = 150;
const KEYS = 12;

/** A simulated phone system with a relay beside it: nobody calls until it is told so. */
export class Rig {
  readonly simulator: Simulator;
  readonly relay: Relay;

  private constructor(simulator: Simulator, relay: Relay) {
    this.simulator = simulator;
    this.relay = relay;
  }

  static async start(): Promise<Rig> {
    const simulator = await startSimulator({ seed: SEED, extensions: EXTENSIONS });
    try {
      return new Rig(simulator, await Relay.start({ pbx: pbxOf(simulator.addresses), keys: KEYS }));
    } catch (error) {
      await simulator.stop();
      throw error;
    }
  }

  open(size: Size = {}): BenchScreen {
    return new BenchScreen({ home: this.relay.home, ...size });
  }

  /** With all that the daemon knows. */
  async opened(size: Size = {}): Promise<BenchScreen> {
    const screen = this.open(size);
    await screen.reach(/● up/);
    return screen;
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    await this.simulator.stop();
  }
}
