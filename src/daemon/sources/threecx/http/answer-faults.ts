import * as z from 'zod';
import { parseJson } from '../bounded-json.ts';
import { PbxError } from './pbx-error.ts';
import type { Reply } from './transport.ts';

interface Asked {
  path: string;
  roles: readonly string[] | null;
}

const REASON_MAX_CHARS = 200;
/** Enough of a phone number to find it again in the PBX, not enough to be one. */
const LONG_NUMBER = /\+?\d{5,}/g;
const GATEWAY_TIMEOUT = 504;

const reasonSchema = z
  .looseObject({
    error: z.looseObject({ message: z.string().nullish() }).nullish().catch(undefined),
    reason: z.string().nullish().catch(undefined),
    reasontext: z.string().nullish().catch(undefined),
  })
  .transform(({ error, reason, reasontext }) =>
    [error?.message, reason, reasontext].filter(Boolean).join(': '),
  );

/** An answer that is no success, in words: what it means, what to do, and what 3CX itself says about it. */
export function faultOf(reply: Reply, asked: Asked): PbxError {
  const { status, retryAfterSeconds } = reply;
  const own = ownWords(reply);
  const because = own === '' ? '' : ` It says: ${own}.`;
  if (status === 401) {
    const detail = `A new token is refused too (401).${because} Check the API client under Integrations > API.`;
    return new PbxError({ fault: 'token', status, detail });
  }
  if (status === 403)
    return new PbxError({ fault: 'forbidden', status, detail: whyForbidden(asked) + because });
  if (status === 404)
    return new PbxError({ fault: 'missing', status, detail: missing(asked.path) + because });
  if (status === 429) {
    const wait = retryAfterSeconds === null ? {} : { retryAfterSeconds };
    return new PbxError({
      fault: 'throttled',
      status,
      detail: `The phone system asks us to slow down (429).${because}`,
      ...wait,
    });
  }
  if (status === GATEWAY_TIMEOUT) {
    const detail = `The web server in front of the phone system gave up waiting for it (504).${because}`;
    return new PbxError({ fault: 'timeout', status, detail });
  }
  if (status >= 500) {
    return new PbxError({
      fault: 'server',
      status,
      detail: `The phone system failed (${status}).${because}`,
    });
  }
  if (status >= 300 && status < 400) {
    const detail = `The phone system redirects (${status}). Set PBX_URL to where it leads; redirects are not followed.`;
    return new PbxError({ fault: 'redirected', status, detail });
  }
  const fallback = status === 424 ? 'the device is in no state for it' : 'the action is not possible now';
  const detail = `The phone system refused (${status}): ${own === '' ? fallback : own}.`;
  return new PbxError({ fault: 'refused', status, detail });
}

/** The body of a success as JSON; null when there is none. Throws when it is something else. */
export function bodyOf({ status, text, contentType }: Reply): unknown {
  if (text.trim() === '') return null;
  if (!/\bjson\b/i.test(contentType)) {
    const what = contentType.includes('html') ? 'a web page' : `"${contentType.slice(0, 40)}"`;
    const detail = `The phone system answered with ${what} instead of JSON. A proxy or another server may stand at PBX_URL.`;
    throw new PbxError({ fault: 'notJson', status, detail });
  }
  return parseJson(text);
}

/** 3CX's 403 has no explanation; the token's roles tell which of the known causes it can be. */
export function whyForbidden({ path, roles }: Asked): string {
  if (path.startsWith('/callcontrol')) {
    if (roles !== null && !roles.includes('Enterprise')) {
      return 'Call control is forbidden (403): the token does not name an Enterprise licence (8SC or more is needed).';
    }
    return 'Call control is forbidden (403). Tick "Call Control API access" at the API client, see that the number is among its extensions to monitor, and that our address is allowed under Console Restrictions.';
  }
  const isOwner = roles?.includes('system_owners') ?? false;
  const isAdmin = roles?.includes('system_admins') ?? false;
  if (roles === null || isOwner) {
    return 'The configuration API is forbidden (403). Tick "Configuration API access" at the API client, and allow our address under Console Restrictions.';
  }
  return isAdmin
    ? 'The API client is an admin; this needs the role System Owner (403), or our address is not allowed under Console Restrictions.'
    : `The API client's role (${roles.filter(role => role !== 'Enterprise').join(', ') || 'none'}) is too low (403). Give it System Owner.`;
}

function missing(path: string): string {
  return path.startsWith('/callcontrol')
    ? 'The number, device or call leg is not there (404): it may be over already.'
    : 'This phone system does not know the address asked for (404). PBX_URL may be wrong, or the version older or newer than we know.';
}

function ownWords({ text, contentType }: Reply): string {
  if (!/\bjson\b/i.test(contentType)) return '';
  try {
    const parsed = reasonSchema.safeParse(parseJson(text));
    return parsed.success ? masked(parsed.data) : '';
  } catch {
    return '';
  }
}

/** Text of the PBX made fit for errors and logs: one line, short, without whole phone numbers. */
export function masked(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim().slice(0, REASON_MAX_CHARS);
  return line.replaceAll(LONG_NUMBER, number => `…${number.slice(-3)}`);
}
