import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Practice } from './kit.ts';

let practice: Practice;

beforeAll(async () => {
  practice = await Practice.open();
});
afterEach(() => void practice.simulator.pbx.knobs.reset());
afterAll(() => practice.close());

describe('the token', () => {
  it('with a wrong secret is TOKEN_SECRET_REFUSED, and the secret is shown nowhere', async () => {
    const seen = await practice.look({ variables: { CLIENT_SECRET: 'canary-hunter2' } });
    expect(seen.failing).toEqual(['token: TOKEN_SECRET_REFUSED']);
    expect(seen.of('token').fix).toContain('Integrations > API');
    expect(JSON.stringify(seen.report)).not.toContain('hunter2');
  });

  it.each([
    [403, 'TOKEN_ADDRESS_BLOCKED'],
    [404, 'TOKEN_NO_ENDPOINT'],
    [429, 'TOKEN_THROTTLED'],
    [500, 'TOKEN_FAILING'],
  ])('endpoint that answers %i is %s', async (tokenStatus, code) => {
    practice.simulator.pbx.knobs.turn({ tokenStatus });
    const seen = await practice.look();
    expect(seen.failing).toEqual([`token: ${code}`]);
    expect(seen.of('role')).toMatchObject({ result: 'skipped', evidence: ['see token'] });
  });
});

describe('rights and licence are told apart', () => {
  it.each([
    ['a role below admin', { role: 'users' }, 'role', 'ROLE_TOO_LOW'],
    ['an admin', { role: 'system_admins' }, 'role', 'ROLE_ADMIN'],
    ['the box for XAPI', { xapiEnabled: false }, 'role', 'XAPI_NOT_ALLOWED'],
    ['XAPI that fails', { httpStatus: 500, httpPath: '/xapi/v1/Users' }, 'role', 'XAPI_FAILING'],
    ['no licence', { licence: 'pro' }, 'licence', 'LICENCE_MISSING'],
    ['a licence that ended', { licenceActive: false }, 'licence', 'LICENCE_ENDED'],
    ['the box for call control', { callControlEnabled: false }, 'licence', 'CALLCONTROL_NOT_ALLOWED'],
    [
      'call control that fails',
      { httpStatus: 500, httpPath: '/callcontrol' },
      'licence',
      'CALLCONTROL_FAILING',
    ],
  ])('%s', async (_, knobs, name, code) => {
    practice.simulator.pbx.knobs.turn(knobs);
    const seen = await practice.look();
    expect(seen.code('token')).toBe('OK');
    expect(seen.code(name)).toBe(code);
    const other = name === 'role' ? 'licence' : 'role';
    expect(seen.code(other), 'and only that').toBe('OK');
  });
});
