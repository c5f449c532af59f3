import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { KnobBoard } from '../knobs.ts';

interface Credentials {
  clientId: string;
  clientSecret: string;
}

interface TokenAnswer {
  status: number;
  body: unknown;
}

interface LiveToken {
  text: string;
  expiresAt: number;
}

/** 3CX: no more than one access token lives per client id; tests may let more live. */
const TOKENS_MAX = 100;

/**
 * The token endpoint's rules. A new token ends the one before (3CX documents one active token), lifetimes are
 * told in minutes up to 20.0.8 and in seconds from 20.0.9, and the token is a real ES256 JWT with `exp` and `role`.
 */
export class Tokens {
  readonly #credentials: Credentials;
  readonly #knobs: KnobBoard;
  readonly #key: KeyObject;
  readonly #replacedListeners = new Set<() => void>();
  #live: LiveToken[] = [];
  #minted = 0;
  #lastUsedAt: number | null = null;

  constructor(credentials: Credentials, knobs: KnobBoard) {
    this.#credentials = credentials;
    this.#knobs = knobs;
    this.#key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  }

  get minted(): number {
    return this.#minted;
  }

  get lastUsedAt(): number | null {
    return this.#lastUsedAt;
  }

  onReplaced(listener: () => void): void {
    this.#replacedListeners.add(listener);
  }

  answer(form: URLSearchParams): TokenAnswer {
    const { tokenStatus, tokenExpiresInUnit, tokenLifetimeSeconds } = this.#knobs.current;
    if (tokenStatus !== null) return { status: tokenStatus, body: undefined };
    if (form.get('grant_type') !== 'client_credentials') {
      return { status: 400, body: { error: 'unsupported_grant_type' } };
    }
    const { clientId, clientSecret } = this.#credentials;
    if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
      return {
        status: 401,
        body: {
          error: 'unauthorized',
          error_description: 'The request requires valid user authentication.',
        },
      };
    }
    const expiresIn =
      tokenExpiresInUnit === 'minutes' ? Math.ceil(tokenLifetimeSeconds / 60) : tokenLifetimeSeconds;
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: expiresIn,
        access_token: this.mint(),
        refresh_token: null,
      },
    };
  }

  /** Also what another program with the same client id does to us. */
  mint(): string {
    const { tokenLifetimeSeconds, newTokenRevokesOld, newTokenClosesSockets } = this.#knobs.current;
    const expiresAt = Date.now() + tokenLifetimeSeconds * 1000;
    this.#minted += 1;
    const text = this.#jwt(expiresAt);
    const hadOne = this.#live.length > 0;
    this.#live = newTokenRevokesOld ? [] : this.#live.slice(-TOKENS_MAX + 1);
    this.#live.push({ text, expiresAt });
    if (hadOne && newTokenClosesSockets) for (const listener of this.#replacedListeners) listener();
    return text;
  }

  accepts(authorization: string | undefined): boolean {
    const text = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    const isLive = this.#live.some(token => token.text === text && token.expiresAt > Date.now());
    if (isLive) this.#lastUsedAt = Date.now();
    return isLive;
  }

  revokeAll(): void {
    this.#live = [];
  }

  #jwt(expiresAt: number): string {
    const { licence, role } = this.#knobs.current;
    const head = encode({ alg: 'ES256', typ: 'JWT' });
    const claims = encode({
      iss: '3cx',
      client_id: this.#credentials.clientId,
      role: [role, ...(licence === 'enterprise' ? ['Enterprise'] : [])],
      jti: this.#minted,
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(expiresAt / 1000),
    });
    const signature = sign('sha256', Buffer.from(`${head}.${claims}`), {
      key: this.#key,
      dsaEncoding: 'ieee-p1363',
    });
    return `${head}.${claims}.${signature.toString('base64url')}`;
  }
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
