import { createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Login } from './operator.ts';

const ALGORITHM = 'HS256';
const ISSUER = '3cx-relay';
const AUDIENCE = '3cx-relay-control';
const LIFETIME_SECONDS = 86_400;
const CLOCK_TOLERANCE_SECONDS = 30;
const SECRET_BYTES_MIN = 32;
/** Ours have 330. */
const TOKEN_CHARS_MAX = 1024;

const claimsSchema = z.strictObject({
  iss: z.literal(ISSUER),
  aud: z.literal(AUDIENCE),
  sub: z.string(),
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
  gen: z.int(),
});

/** The tokens that stand for a login. They say who it was, never what he may do: that is looked up each time. */
export class LoginTokens {
  readonly #key: KeyObject;
  readonly #clock: Clock;

  constructor({ secret, clock }: { secret: string; clock: Clock }) {
    if (Buffer.byteLength(secret) < SECRET_BYTES_MIN)
      throw new Error('the secret behind logins is too short');
    this.#key = createSecretKey(Buffer.from(secret));
    this.#clock = clock;
  }

  issue({ userId, generation }: Pick<Login, 'userId' | 'generation'>): { token: string; login: Login } {
    const iat = Math.floor(this.#clock.now() / 1000);
    const exp = iat + LIFETIME_SECONDS;
    const jti = randomUUID();
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: userId, jti, iat, exp, gen: generation };
    const token = jwt.sign(claims, this.#key, { algorithm: ALGORITHM });
    return { token, login: { jti, userId, generation, expiresAt: exp * 1000 } };
  }

  /** Throws E_LOGIN_NEEDED, the same for any reason. */
  read(token: string): Login {
    if (token.length > TOKEN_CHARS_MAX) throw loginNeeded();
    const claims = claimsSchema.safeParse(this.#verified(token));
    if (!claims.success) throw loginNeeded();
    const { sub, jti, iat, exp, gen } = claims.data;
    if (exp - iat > LIFETIME_SECONDS) throw loginNeeded();
    return { jti, userId: sub, generation: gen, expiresAt: exp * 1000 };
  }

  isOver({ expiresAt }: Login): boolean {
    return this.#clock.now() >= expiresAt + CLOCK_TOLERANCE_SECONDS * 1000;
  }

  #verified(token: string): unknown {
    try {
      return jwt.verify(token, this.#key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        clockTimestamp: Math.floor(this.#clock.now() / 1000),
      });
    } catch {
      return null;
    }
  }
}

export function loginNeeded(): AppError {
  const detail = "The login is not valid or has ended. Log in again by '3cx-relay login'.";
  return new AppError('E_LOGIN_NEEDED', { detail });
}
