import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskNumber } from '../../shared/masks.ts';
import { createLogger, type Logger, loggerFor, secretsOf } from './logger.ts';

const clientSecret = 'c4nary"/\\+ö secret';
const key = `rk_0a1b2c3d_${'9f'.repeat(32)}_deadbeef`;

function record(level: 'debug' | 'info' = 'info'): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  return { logger: createLogger({ level, secrets: [clientSecret, 'hunter2', '271828'], output }), lines };
}

function written(
  write: (logger: Logger) => void,
  level: 'debug' | 'info' = 'info',
): Record<string, unknown> & { line: string } {
  const { logger, lines } = record(level);
  write(logger);
  expect(lines).toHaveLength(1);
  return { ...JSON.parse(lines[0] ?? ''), line: lines[0] ?? '' };
}

describe('a line', () => {
  it('is JSON with the part that wrote it, fields and message', () => {
    const {
      line: _,
      time,
      ...rest
    } = written(logger => loggerFor(logger, 'journal').info({ seq: 7 }, 'written'));
    expect(rest).toEqual({ level: 30, part: 'journal', seq: 7, msg: 'written' });
    expect(Date.parse(String(time))).not.toBeNaN();
  });

  it('below the level is not written', () => {
    const { logger, lines } = record('info');
    logger.debug('quiet');
    expect(lines).toEqual([]);
  });
});

describe('a secret', () => {
  const nested = { a: { b: { c: { Password: 'pa55"word', clientSECRET: 'pa55"word' } } } };
  const places: [string, string, (logger: Logger) => void][] = [
    ['deep in an object', 'pa55', logger => logger.info(nested, 'x')],
    ['in other capitals', 'abc.def', logger => logger.info({ AuthoriZation: 'Bearer abc.def' }, 'x')],
    ['in a URL', 'abcdef', logger => logger.info({ url: '/relay/ws?api_key=abcdef&x=1' }, 'x')],
    ['in a URL as ticket', 'abcdef', logger => logger.info('GET /relay/ws?x=1&ticket=abcdef')],
    ['in an encoded URL', 'abcdef', logger => logger.info('next=%2Fws%3Faccess_token%3Dabcdef')],
    ['in the message', 'eyJhbGciOi', logger => logger.info('sent Bearer eyJhbGciOi.x.y to the PBX')],
    [
      'that stands for a login',
      'c2VhbG9m',
      logger => logger.info({ x: 'got eyJhbGciOiJI.eyJzdWIiOiIx.c2VhbG9mMQ' }, 'x'),
    ],
    ['from the operator’s file', '0a1b2c3d4e', logger => logger.info(`read rop_${'0a1b2c3d4e'.repeat(6)}`)],
    ['from the setup file', '0a1b2c3d4e', logger => logger.info({ x: `rsu_${'0a1b2c3d4e'.repeat(6)}` }, 'x')],
    [
      'in an error text',
      'pa55',
      logger => logger.error({ err: new Error('login with password=pa55 failed') }, 'x'),
    ],
    [
      'in an error’s cause',
      'pa55',
      logger => logger.error({ err: new Error('a', { cause: new Error('pwd: pa55') }) }, 'x'),
    ],
    [
      'hung onto an error',
      'pa55',
      logger =>
        logger.error({ err: Object.assign(new Error('a'), { config: { headers: { x: 'pa55' } } }) }, 'x'),
    ],
    [
      'in JSON as text',
      'pa55',
      logger => logger.info({ body: JSON.stringify({ user: 'ada', password: 'pa55"x' }) }, 'x'),
    ],
    ['as a Basic header', 'cmVsYXk6cw', logger => logger.info('Authorization: Basic cmVsYXk6cw==')],
    ['as one of our keys', '9f9f', logger => logger.info({ [key]: key }, `refused ${key}`)],
    ['as a part of one of our keys', '9f9f', logger => logger.info(`refused ${key.slice(0, 30)}`)],
    ['given at creation', 'canary', logger => logger.info({ list: [clientSecret] }, clientSecret)],
    ['given, encoded in a URL', 'c4nary', logger => logger.info(`x=${encodeURIComponent(clientSecret)}`)],
    [
      'given, in a form',
      'c4nary',
      logger => logger.info(new URLSearchParams({ x: clientSecret }).toString()),
    ],
    [
      'given, in JSON in JSON',
      'c4nary',
      logger => logger.info({ body: JSON.stringify({ x: clientSecret }) }, 'x'),
    ],
    ['of digits, where a number stands', '271828', logger => logger.info({ at: 12_718_281 }, 'x')],
    ['given, in a child’s field', 'hunter2', logger => logger.child({ who: 'hunter2' }).info('x')],
  ];
  it.each(places)('%s is not shown, and the line stays JSON', (_, secret, write) => {
    const { line } = written(write);
    expect(line).not.toContain(secret);
  });

  it.each([
    ['words without an end', 'token'.repeat(20_000)],
    ['assignments', 'token='.repeat(20_000)],
    ['open fields', JSON.stringify({ token: '\\ab'.repeat(10_000) }).slice(0, -2)],
    ['quotes', '"token'.repeat(20_000)],
    ['blanks', `Bearer ${' '.repeat(100_000)}`],
    ['plus signs', '+1234567'.repeat(20_000)],
  ])('does not make a line slow that is made of %s', (_, text) => {
    const started = performance.now();
    written(logger => logger.info({ text, nested: JSON.stringify({ text }) }, text));
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('of ours still tells its id', () => {
    expect(written(logger => logger.info({ key }, 'x'))).toMatchObject({ key: 'rk_0a1b2c3d_***' });
  });

  it('anywhere in any object goes, and the line stays JSON', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(key, clientSecret, 'hunter2'),
      fc.string().map(some => `${some}${key}${some}`),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.oneof(text, fc.array(text), fc.dictionary(fc.string(), text))),
        text,
        (fields, message) => {
          const { line } = written(logger => logger.info({ fields }, message));
          expect(line).not.toContain('9f9f9f');
          expect(line).not.toContain('c4nary');
          expect(line).not.toContain('hunter2');
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is everything a configuration calls so', () => {
    const config = {
      pbx: { clientSecret: 'a' },
      adminSecret: null,
      databaseLogin: { password: 'b' },
      redis: { password: null },
    };
    expect(secretsOf(config as unknown as Parameters<typeof secretsOf>[0])).toEqual(['a', 'b']);
  });
});

describe('what is no secret', () => {
  it('stays as it is', () => {
    const fields = {
      keyId: '0a1b2c3d',
      tokens: 3,
      cause: 'expired',
      url: '/relay/events?after=10',
      monkey: 'banana',
    };
    expect(written(logger => logger.info(fields, 'ticket issued'))).toMatchObject({
      ...fields,
      msg: 'ticket issued',
    });
  });
});

describe('a request', () => {
  it('is told by method and path only', () => {
    const request = new IncomingMessage(new Socket());
    Object.assign(request, {
      method: 'GET',
      url: '/relay/calls?number=12345&x',
      headers: { 'x-api-key': 'abc' },
    });
    expect(
      written(logger => logger.info({ req: request, res: { statusCode: 404, body: 'abc' } }, 'x')),
    ).toMatchObject({
      req: { method: 'GET', path: '/relay/calls' },
      res: { status: 404 },
    });
  });
});

describe('a caller’s number', () => {
  it('shows three digits at info and above, and is whole at debug', () => {
    const fields = { from: '+442079460101', to: '101', at: 1_700_000_000_000 };
    expect(written(logger => logger.info(fields, 'call from +442079460102 (%2B442079460103)'))).toMatchObject(
      {
        from: '***101',
        to: '101',
        at: 1_700_000_000_000,
        msg: 'call from ***102 (***103)',
      },
    );
    expect(written(logger => logger.debug(fields, 'x'), 'debug')).toMatchObject({ from: '+442079460101' });
  });

  it.each([
    ['+442079460101', '***101'],
    ['02079460101', '***101'],
    ['(020) 7946-0101', '***101'],
    ['10001', '10001'],
    ['anonymous', 'anonymous'],
    ['', ''],
    ['*600123', '*600123'],
  ])('%s is masked as %s', (number, shown) => expect(maskNumber(number)).toBe(shown));
});
