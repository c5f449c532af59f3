import * as z from 'zod';
import { ProtocolError, parseJson } from '../bounded-json.ts';
import { PbxError, type PbxFault, wordsOf } from './pbx-error.ts';
import type { Reply } from './transport.ts';

export interface Token {
  text: string;
  lifetimeMs: number;
  /** The role names it carries; null when it is no readable JWT. */
  roles: readonly string[] | null;
}

const answerSchema = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});
const claimsSchema = z.looseObject({
  exp: z.number().optional().catch(undefined),
  iat: z.number().optional().catch(undefined),
  role: z
    .union([z.array(z.string()), z.string().transform(role => [role])])
    .optional()
    .catch(undefined),
});

/** 3CX: up to 20.0.8 `expires_in` is in minutes, from 20.0.9 in seconds. */
const MINUTES_BELOW = 300;
const LIFETIME_UNKNOWN_MS = 60 * 60_000;
const LIFETIME_MAX_MS = 24 * 60 * 60_000;

/** Throws a PbxError that says what the token endpoint's answer means. */
export function readToken({ status, contentType, retryAfterSeconds, text }: Reply, now: number): Token {
  if (status === 200) {
    try {
      return tokenOf(text, now);
    } catch (error) {
      const isHtml = contentType.includes('html') || text.trimStart().startsWith('<');
      const detail = isHtml
        ? 'The token endpoint answered with a web page. PBX_URL probably leads to another server or a proxy in between.'
        : `The token endpoint answered something unreadable: ${wordsOf(error)}.`;
      throw new PbxError({ fault: 'notJson', status, detail });
    }
  }
  const { fault, detail } = refusalOf(status);
  throw new PbxError({ fault, detail, status, ...(retryAfterSeconds !== null && { retryAfterSeconds }) });
}

function refusalOf(status: number): { fault: PbxFault; detail: string } {
  if (status === 400 || status === 401) {
    const detail = `CLIENT_ID or CLIENT_SECRET is refused (${status}). Compare them with Integrations > API; a new secret is shown only once.`;
    return { fault: 'credentials', detail };
  }
  if (status === 403) {
    const detail =
      'The token endpoint forbids us (403). Put our address on the list under Advanced > Console Restrictions.';
    return { fault: 'blocked', detail };
  }
  if (status === 404) {
    const detail =
      'There is no token endpoint at PBX_URL (404). The address or port is wrong, or the system is older than V20.';
    return { fault: 'missing', detail };
  }
  if (status === 429) return { fault: 'throttled', detail: 'The token endpoint asks us to slow down (429).' };
  if (status >= 300 && status < 400) {
    return {
      fault: 'redirected',
      detail: `The token endpoint redirects (${status}). Set PBX_URL to where it leads.`,
    };
  }
  return {
    fault: 'server',
    detail: `The token endpoint fails (${status}). The PBX may be starting or overloaded.`,
  };
}

/** `now` is only used when the token does not say when it was made. Throws a ProtocolError. */
export function tokenOf(text: string, now: number): Token {
  const answer = answerSchema.safeParse(parseJson(text));
  if (!answer.success) throw new ProtocolError('token_answer', 'The answer holds no access_token');
  const { access_token: token, expires_in: expiresIn } = answer.data;
  const claims = claimsOf(token);
  return {
    text: token,
    lifetimeMs: lifetimeByClaims(claims, now) ?? lifetimeByNumber(expiresIn),
    roles: claims?.role ?? null,
  };
}

/** Between two stamps of the PBX our clock does not matter; a PBX that is an hour off is no reason to renew at once. */
function lifetimeByClaims(claims: z.infer<typeof claimsSchema> | null, now: number): number | null {
  if (claims?.exp === undefined) return null;
  const lifetimeMs = claims.exp * 1000 - (claims.iat === undefined ? now : claims.iat * 1000);
  return lifetimeMs > 0 && lifetimeMs <= LIFETIME_MAX_MS ? lifetimeMs : null;
}

function lifetimeByNumber(expiresIn: number | undefined): number {
  if (expiresIn === undefined) return LIFETIME_UNKNOWN_MS;
  const seconds = expiresIn < MINUTES_BELOW ? expiresIn * 60 : expiresIn;
  return Math.min(seconds * 1000, LIFETIME_MAX_MS);
}

function claimsOf(token: string): z.infer<typeof claimsSchema> | null {
  const [, payload] = token.split('.');
  if (payload === undefined) return null;
  try {
    const claims = claimsSchema.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8')));
    return claims.success ? claims.data : null;
  } catch {
    return null;
  }
}
