import { readFileSync } from 'node:fs';
import { writeWhole } from './machine/file-work.ts';
import type { Host } from './machine/host.ts';
import { PLACES } from './places.ts';

/** What the installer has to remember: never needed to run the relay. */
export interface Made {
  /** Folders outside our own that were not there before. */
  folders: string[];
  /** While all that is seen of us is taken away. */
  support: Support | null;
  /** Before which upgrade which backup was made. */
  backup: Backup | null;
}

interface Support {
  since: string;
  /** Whether the service is to run again afterwards. */
  wasRunning: boolean;
}

interface Backup {
  folder: string;
  from: string;
  to: string;
}

const NOTHING: Made = { folders: [], support: null, backup: null };

export function readMade(host: Host): Made {
  try {
    const read: Partial<Made> = JSON.parse(readFileSync(host.at(PLACES.made), 'utf8'));
    return { ...NOTHING, ...read };
  } catch {
    // Not there, or damaged: then folders that we made may stay behind empty.
    return { ...NOTHING, folders: [] };
  }
}

export function writeMade(host: Host, made: Made): void {
  writeWhole(host.at(PLACES.made), { text: `${JSON.stringify(made, null, 2)}\n`, mode: 0o644 });
}
