import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Practice, wrongClock } from './kit.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

describe('the way to the phone system', () => {
  let practice: Practice;

  beforeAll(async () => {
    practice = await Practice.open();
  });
  afterEach(() => void practice.simulator.pbx.knobs.reset());
  afterAll(() => practice.close());

  it('that works is told step by step, and no check fails', async () => {
    const seen = await practice.look();
    expect(seen.failing).toEqual([]);
    for (const name of [
      'connect',
      'source-address',
      'clock',
      'version',
      'token',
      'role',
      'licence',
      'socket',
    ])
      expect(seen.code(name), name).toBe('OK');
    expect(seen.of('version').evidence).toEqual(['20.0.7.1057']);
    expect(seen.report.durationMs).toBeLessThan(15_000);
  });

  it('a name without an address is DNS_UNKNOWN, and what needs it is not tried', async () => {
    const notFound = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
    const seen = await practice.look({
      variables: { PBX_URL: 'https://pbx.example.invalid' },
      host: { addressesOf: () => Promise.reject(notFound) },
    });
    expect(seen.failing).toEqual(['dns: DNS_UNKNOWN']);
    expect(seen.of('dns').evidence).toEqual(['pbx.example.invalid: ENOTFOUND']);
    expect(seen.of('connect')).toMatchObject({ result: 'skipped', evidence: ['see dns'] });
    expect(seen.of('token').result).toBe('skipped');
  });

  it('a name server that never answers is TIMED_OUT after the time of that check alone', async () => {
    const seen = await practice.look({
      variables: { PBX_URL: 'https://pbx.example.invalid' },
      host: { addressesOf: () => new Promise(() => {}) },
    });
    expect(seen.of('dns')).toMatchObject({ code: 'TIMED_OUT', result: 'fail' });
    expect(seen.report.durationMs).toBeLessThan(9000);
  });

  it('a web server that is down is PBX_UNREACHABLE', async () => {
    const down = await Practice.open();
    await down.simulator.breakIt('goDown', { seconds: 60 });
    const seen = await down.look();
    expect(seen.failing).toEqual(['connect: PBX_UNREACHABLE']);
    expect(seen.of('connect').evidence[0]).toContain('ECONNREFUSED');
    await down.close();
  });

  it('our address that is not allowed is SOURCE_ADDRESS_BLOCKED', async () => {
    practice.simulator.pbx.knobs.turn({ consoleRestricted: true });
    expect((await practice.look()).failing).toEqual(['source-address: SOURCE_ADDRESS_BLOCKED']);
  });

  it.each([
    ['never answers', { httpHang: true }, 'PBX_SILENT'],
    ['answers 500', { httpStatus: 500 }, 'PBX_FAILING'],
    ['answers 429', { httpStatus: 429, httpPath: '/xapi/v1/Defs' }, 'PBX_THROTTLES'],
    ['answers with a web page', { httpGarbage: true }, 'PBX_OTHER_SERVER'],
  ])('a phone system that %s is told apart', async (_, knobs, code) => {
    practice.simulator.pbx.knobs.turn(knobs);
    const seen = await practice.look();
    expect(seen.code('source-address')).toBe(code);
    expect(seen.report.durationMs).toBeLessThan(15_000);
  });

  it('clocks apart by a minute are CLOCK_OFF, by ten CLOCK_WRONG', async () => {
    const off = await practice.look({ clock: wrongClock(MINUTE_MS) });
    expect(off.of('clock')).toMatchObject({ code: 'CLOCK_OFF', result: 'warning' });
    expect(off.of('clock').evidence[0]).toMatch(/(59|60|61) s behind/);
    const wrong = await practice.look({ clock: wrongClock(-10 * MINUTE_MS) });
    expect(wrong.of('clock')).toMatchObject({ code: 'CLOCK_WRONG', result: 'fail' });
    expect(wrong.of('clock').evidence[0]).toContain('ahead');
  });

  it.each([
    ['18.0.9.20', 'VERSION_OLDER'],
    ['20.1.0.5', 'VERSION_NEWER'],
    ['a good one', 'VERSION_UNKNOWN'],
    ['20.0.9.12', 'OK'],
  ])('version %s is %s', async (version, code) => {
    practice.simulator.pbx.knobs.turn({ version });
    expect((await practice.look()).code('version')).toBe(code);
  });
});

describe('a certificate', () => {
  let practice: Practice;
  let authority = '';

  beforeAll(async () => {
    practice = await Practice.open({ tls: 'selfSigned' });
    const { hostname: host, port } = new URL(practice.simulator.addresses.pbxUrl);
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    authority = socket.getPeerX509Certificate()?.toString() ?? '';
    socket.destroy();
  });
  afterAll(() => practice.close());

  const lookAt = async (FQDN: string, authorities: string[] = [], clockMs = 0) =>
    practice.look({ variables: { FQDN }, host: { authorities }, clock: wrongClock(clockMs) });

  it('that nobody signed is TLS_UNTRUSTED, and the secret is never sent there', async () => {
    const seen = await lookAt('pbx.example.com');
    expect(seen.failing).toEqual(['tls: TLS_UNTRUSTED']);
    expect(seen.of('tls').evidence).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(seen.of('token').result).toBe('skipped');
  });

  it('of an authority we trust is fine; for another name it is TLS_NAME', async () => {
    const good = await lookAt('pbx.example.com', [authority]);
    expect(good.of('tls')).toMatchObject({ code: 'OK' });
    expect(good.of('tls').evidence[0]).toContain('pbx.example.com');
    expect((await lookAt('other.example.com', [authority])).code('tls')).toBe('TLS_NAME');
  });

  it('out of date is TLS_EXPIRED, two weeks before it TLS_EXPIRES_SOON', async () => {
    expect((await lookAt('pbx.example.com', [authority], 400 * DAY_MS)).code('tls')).toBe('TLS_EXPIRED');
    expect((await lookAt('pbx.example.com', [authority], 360 * DAY_MS)).code('tls')).toBe('TLS_EXPIRES_SOON');
  });

  it('is not there at a port for plain HTTP: TLS_NOT_SPOKEN', async () => {
    const PBX_URL = practice.simulator.addresses.controlUrl.replace('http', 'https');
    expect((await practice.look({ variables: { PBX_URL } })).failing).toEqual(['tls: TLS_NOT_SPOKEN']);
  });
});
