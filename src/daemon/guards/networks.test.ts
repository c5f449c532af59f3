import { describe, expect, it } from 'vitest';
import { blockListOf, clientAddress, isWithin, parseNetwork } from './networks.ts';

describe('networks', () => {
  it.each(['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0'])('%s is one', text =>
    expect(parseNetwork(text)).not.toBeNull(),
  );
  it.each([
    '',
    'foo',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '2001:db8::/129',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
    '10.0.0.0 /8',
  ])('"%s" is none', text => expect(parseNetwork(text)).toBeNull());

  it.each([
    ['10.1.2.3', true],
    ['11.1.2.3', false],
    ['::ffff:10.1.2.3', true],
    ['::FFFF:11.1.2.3', false],
    ['2001:db8:1::5', true],
    ['2001:db9::5', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['', false],
    ['nonsense', false],
  ])('%s is within: %s', (address, expected) => {
    expect(isWithin(blockListOf(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']), address)).toBe(expected);
  });
});

describe('the address of a client', () => {
  it.each([
    ['is the peer', '192.0.2.1', undefined, '192.0.2.1'],
    ['is the peer, whatever it claims', '192.0.2.1', '10.0.0.1', '192.0.2.1'],
    ['is what our proxy saw', '127.0.0.1', '192.0.2.1', '192.0.2.1'],
    ['is what our proxy saw, not what the client wrote', '127.0.0.1', '10.9.9.9, 192.0.2.1', '192.0.2.1'],
    ['is what our proxy saw through two proxies here', '::1', '10.9.9.9, 192.0.2.1, 127.0.0.1', '192.0.2.1'],
    ['comes without its port', '127.0.0.1', '192.0.2.1:55123', '192.0.2.1'],
    ['comes without brackets and port', '127.0.0.1', '[2001:db8::1]:55123', '2001:db8::1'],
    ['is IPv4 also by IPv6', '::ffff:127.0.0.1', '::ffff:192.0.2.1', '192.0.2.1'],
    ['is the peer when the claim is nonsense', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['is not further left when the nearest is nonsense', '127.0.0.1', '192.0.2.1, unknown', '127.0.0.1'],
    ['is the peer when there is no claim', '127.0.0.1', '', '127.0.0.1'],
    ['is the last header’s', '127.0.0.1', ['10.9.9.9', '192.0.2.1'], '192.0.2.1'],
    ['is empty when the peer has gone', undefined, '192.0.2.1', ''],
  ])('%s', (_, peer, forwardedFor, expected) => expect(clientAddress({ peer, forwardedFor })).toBe(expected));
});
