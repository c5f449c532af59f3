import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** By then everything is loaded and connected. */
const AFTER_MS = 5000;

/** Loading leaves a heap a third larger than what lives in it, and V8 sees no need to shrink it; the host's memory is the PBX's. */
export function giveBackStartMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (how: object) => void;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, AFTER_MS).unref();
}
