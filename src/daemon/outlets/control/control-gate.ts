import type { IncomingMessage } from 'node:http';
import { AppError } from '../../../shared/errors.ts';
import type { AuditLog } from '../../audit/audit-log.ts';
import { demandAdmin, type Operator } from '../../guards/operators/operator.ts';
import type { Operators } from '../../guards/operators/operators.ts';
import { type RateLimiter, rateExceeded, rateHeaders } from '../../guards/rate-limiter.ts';
import type { Admission } from '../http/exchange.ts';
import { pathOf } from '../http/request-parts.ts';
import { byOf, type ControlRoute } from './parts.ts';

interface GateOptions {
  operators: Pick<Operators, 'verify'>;
  audit: AuditLog;
  limiter: RateLimiter;
}

/** Each refusal is a row that is kept for ever: nobody may fill the disk with them. */
const REFUSALS_PER_MINUTE = 60;

const NOBODY: Operator = { name: '', role: 'viewer', via: 'login', claimedUser: null, login: null };

/** Who asks, and whether he may: viewers look at everything, admins change. */
export class ControlGate {
  readonly #options: GateOptions;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Programs send no Origin: what does is a web page that found some way to the socket. */
  greet({ headers }: IncomingMessage): null {
    if (headers.origin === undefined) return null;
    throw new AppError('E_ORIGIN', { detail: 'The control API is not for web pages.' });
  }

  admit(request: IncomingMessage, route: ControlRoute): Admission<Operator> {
    const who = route.right === 'none' ? NOBODY : this.#identify(request);
    if (route.right === 'admin') this.#demandAdmin(who, request, route);
    if (route.perMinute === undefined) return { who, headers: {} };
    const verdict = this.#options.limiter.take(`${route.method} ${route.path} ${who.name}`, route.perMinute);
    if (!verdict.isAllowed) throw rateExceeded(verdict);
    return { who, headers: rateHeaders(verdict) };
  }

  #identify(request: IncomingMessage): Operator {
    const claimed = request.headers['x-claimed-user'];
    return this.#options.operators.verify(bearerOf(request), typeof claimed === 'string' ? claimed : null);
  }

  #demandAdmin(who: Operator, request: IncomingMessage, { path, action }: ControlRoute): void {
    try {
      demandAdmin(who);
    } catch (error) {
      const { limiter, audit } = this.#options;
      const verdict = limiter.take(`refused ${who.name}`, REFUSALS_PER_MINUTE);
      if (!verdict.isAllowed) throw rateExceeded(verdict);
      const subject = subjectOf(path, pathOf(request));
      if (action !== undefined) {
        audit.note({ by: byOf(who), action, outcome: 'refused', ...(subject !== null && { subject }) });
      }
      throw error;
    }
  }
}

/** The token that came with a request. Throws E_LOGIN_NEEDED. */
export function bearerOf({ headers }: IncomingMessage): string {
  const [, token] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return token;
  const detail =
    'Send "Authorization: Bearer <token>": the token of POST /admin/login, or the one in the file operator.token.';
  throw new AppError('E_LOGIN_NEEDED', { detail });
}

/** What stands in the path where the route has a name. */
function subjectOf(pattern: string, path: string): string | null {
  const place = pattern.split('/').findIndex(part => part.startsWith(':'));
  return place < 0 ? null : (path.split('/')[place] ?? null);
}
