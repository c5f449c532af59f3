import { BlockList, isIP } from 'node:net';

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const MAPPED_PREFIX = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;
const LOOPBACK = blockListOf(['127.0.0.0/8', '::1']);

interface Network {
  address: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
}

/** Null when it is neither an address nor a network like 10.0.0.0/8 or 2001:db8::/32. */
export function parseNetwork(text: string): Network | null {
  const [, address = '', bitsText] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return null;
  const max = version === 4 ? IPV4_BITS : IPV6_BITS;
  const bits = Number(bitsText ?? max);
  return bits > max ? null : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Throws for what `parseNetwork` does not take: check first. */
export function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of networks) {
    const network = parseNetwork(text);
    if (network === null) throw new Error(`"${text}" is no network`);
    list.addSubnet(network.address, network.bits, network.family);
  }
  return list;
}

export function isWithin(list: BlockList, address: string): boolean {
  const plain = plainAddress(address);
  const version = isIP(plain);
  return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
}

interface Connection {
  peer: string | undefined;
  forwardedFor: string | string[] | undefined;
}

/**
 * The one address that limits, restrictions and logs use. A proxy on this machine is believed; what a client wrote
 * into the header itself stands further left and is not.
 */
export function clientAddress({ peer, forwardedFor }: Connection): string {
  const direct = plainAddress(peer ?? '');
  if (!isWithin(LOOPBACK, direct)) return direct;
  const claimed = [forwardedFor ?? []].flat().join(',').split(',');
  const nearest = claimed
    .map(withoutPort)
    .findLast(address => address !== '' && !isWithin(LOOPBACK, address));
  return nearest !== undefined && isIP(nearest) !== 0 ? nearest : direct;
}

/**
 * Whom an address stands for, where attempts are counted: with IPv6 everybody has a whole /64 to come from. What is no
 * address stays as it is.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (isIP(plain) !== 6) return plain;
  // The form that URLs give it has no leading zeros and no dots.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const [left, right] = [head, tail ?? ''].map(part => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - (left?.length ?? 0) - (right?.length ?? 0) }, () => '0');
  return `${[...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 4).join(':')}::/64`;
}

function withoutPort(text: string): string {
  const trimmed = text.trim();
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(trimmed) ?? [];
  const [, dotted] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(trimmed) ?? [];
  return plainAddress(bracketed ?? dotted ?? trimmed);
}

/** IPv4 that came through an IPv6 socket is IPv4; zones mean nothing off this machine. */
function plainAddress(address: string): string {
  return address.replace(/%.*$/, '').replace(MAPPED_PREFIX, '');
}
