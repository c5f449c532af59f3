import { describe, expect, it } from 'vitest';
import { SteppedClock } from '../../../../test/keys/kit.ts';
import { networkOf } from '../networks.ts';
import { Lockout } from './lockout.ts';

const MINUTE = 60_000;

function start(rememberedMax?: number) {
  const clock = new SteppedClock();
  const lockout = new Lockout({ clock, ...(rememberedMax !== undefined && { rememberedMax }) });
  const waits = (account: string, address: string): number => {
    try {
      lockout.begin(account, address).undo();
      return 0;
    } catch (error) {
      return (error as { retryAfterSeconds: number }).retryAfterSeconds;
    }
  };
  return { clock, lockout, waits };
}

describe('the lock', () => {
  it('closes after 5 failures within 15 minutes, and opens as they grow old', () => {
    const { clock, lockout, waits } = start();
    for (let count = 0; count < 5; count++) {
      expect(waits('anna', '192.0.2.1')).toBe(0);
      lockout.begin('anna', `192.0.2.${count}`);
      clock.step(MINUTE);
    }
    expect(waits('anna', '198.51.100.1')).toBe(600);
    expect(waits('bert', '198.51.100.1')).toBe(0);
    clock.step(10 * MINUTE - 1);
    expect(waits('anna', '198.51.100.1')).toBe(1);
    clock.step(1);
    expect(waits('anna', '198.51.100.1')).toBe(0);
    lockout.begin('anna', '198.51.100.1');
    expect(waits('anna', '198.51.100.2')).toBe(60);
  });

  it('closes for a place too, this machine not exempt, and an own account does not open it', () => {
    const { lockout, waits } = start();
    for (let count = 0; count < 4; count++) {
      lockout.begin(`name ${count}`, '127.0.0.1');
      lockout.begin('mine', '127.0.0.1').succeed();
    }
    expect(waits('anna', '127.0.0.1')).toBe(0);
    lockout.begin('name', '127.0.0.1');
    expect(waits('anna', '127.0.0.1')).toBe(900);
    expect(waits('anna', '127.0.0.2')).toBe(0);
  });

  it('takes a whole /64 for one place', () => {
    const { lockout, waits } = start();
    for (let count = 0; count < 5; count++) lockout.begin(`name ${count}`, `2001:db8::${count}:1`);
    expect(waits('anna', '2001:db8:0:0:ffff::')).toBe(900);
    expect(waits('anna', '2001:db8:0:1::1')).toBe(0);
  });

  it('counts an account anew after a success', () => {
    const { lockout, waits } = start();
    for (let count = 0; count < 4; count++) lockout.begin('anna', `192.0.2.${count}`);
    lockout.begin('anna', '192.0.2.9').succeed();
    for (let count = 0; count < 4; count++) lockout.begin('anna', `198.51.100.${count}`);
    expect(waits('anna', '192.0.2.9')).toBe(0);
  });

  it('remembers so many and no more; who came longest ago is forgotten', () => {
    const { lockout, waits } = start(3);
    for (let count = 0; count < 5; count++) lockout.begin('anna', `192.0.2.${count}`);
    for (const name of ['b', 'c']) lockout.begin(name, '198.51.100.1');
    expect(waits('anna', '203.0.113.1')).toBe(900);
    lockout.begin('d', '198.51.100.2');
    expect(waits('anna', '203.0.113.1')).toBe(0);
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:0DB8::7', '2001:db8:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/64'],
  ['control-socket', 'control-socket'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
