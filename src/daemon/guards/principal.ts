import type { BlockList } from 'node:net';
import type { Permission } from '../../shared/control-api/rights.ts';

/** Who is asking, and what the key lets them do. Stays as it is; a changed key gives another one. */
export interface Principal {
  readonly keyId: string;
  readonly name: string;
  readonly permissions: readonly Permission[];
  /** Null: no restriction. With one of the two set, only what touches a named extension or queue is theirs. */
  readonly extensions: readonly string[] | null;
  readonly queues: readonly string[] | null;
  /** The two above as one set, for looking things up. */
  readonly onlyDns: ReadonlySet<string> | null;
  /** Source networks in CIDR form; null: from anywhere. */
  readonly networks: readonly string[] | null;
  readonly sourceNetworks: BlockList | null;
  readonly ratePerMinute: number;
  /** ms since 1970; null: never. */
  readonly expiresAt: number | null;
}
