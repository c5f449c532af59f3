import type { Host } from './machine/host.ts';
import type { Made } from './made.ts';
import type { ReleaseTree } from './release-tree.ts';

export const PIECE_NAMES = [
  ...(['user', 'folders', 'release', 'configuration', 'link', 'unit', 'snippet', 'service'] as const),
] as const;

export type PieceName = (typeof PIECE_NAMES)[number];

/** `none`: it has no place on this machine, and `why` says why. */
export type State = 'absent' | 'right' | 'other' | 'none';

export interface Seen {
  state: State;
  /** What is not as it should be. */
  why?: string;
}

/** What is to be on the machine. */
export interface Site {
  host: Host;
  /** The release that `put` brings; for taking away and for looking, the one that is there. */
  release: ReleaseTree;
  wish: Wish;
  made: Made;
}

/** What was said about the configuration: only this is written into a file that is there already. */
export interface Wish {
  variables: Readonly<Record<string, string>>;
  /** The text of the API secret of 3CX; null: not given. */
  clientSecret: string | null;
  /** False: the service is put there and not started. */
  isStarted: boolean;
}

/** One thing that is ours on the machine. */
export interface Thing {
  kind: 'file' | 'folder' | 'link' | 'user' | 'group' | 'unit' | 'port' | 'log';
  name: string;
  /** What it holds, and who removes it. */
  note: string;
}

export type Undo = () => Promise<void>;

/** One row of all that makes an installation. */
export interface Piece {
  name: PieceName;
  /** For people, as the object of a sentence. */
  what(site: Site): string;
  /** `changed`: the pieces before it that are going to change. */
  look(site: Site, changed: readonly PieceName[]): Promise<Seen>;
  /** Makes it as it should be. Before each thing that it does it says how that is put back, whole or half done. */
  put(site: Site, undos: Undo[]): Promise<void>;
  /** Leaves nothing of it; may be done twice. */
  takeAway(site: Site): Promise<void>;
  things(site: Site): Thing[];
  /** Stays unless everything of the relay is to go. */
  isKept?: boolean;
  /** Goes before somebody looks at the host, and comes back. */
  isSeen?: boolean;
}
