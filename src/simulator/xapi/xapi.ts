import type { Route, RouteRole, XapiAnswer, XapiParts, XapiRequest } from './contract.ts';
import { matchPath, type PathArguments, parsePath } from './routing/route-path.ts';
import { ROUTES } from './routing/routes.ts';
import { notFound, XapiFault } from './xapi-fault.ts';

interface Match {
  route: Route;
  arguments: PathArguments;
}

/** Answers everything under `/xapi/v1`. The token has been checked by the gateway before. */
export async function answerXapi(parts: XapiParts, request: XapiRequest): Promise<XapiAnswer> {
  try {
    return await answer(parts, request);
  } catch (error) {
    if (error instanceof XapiFault) return error.answer;
    throw error;
  }
}

async function answer(parts: XapiParts, request: XapiRequest): Promise<XapiAnswer> {
  const { xapiEnabled, role } = parts.knobs.current;
  if (!xapiEnabled) return { status: 403 };
  const matches = matchesFor(request.path);
  if (matches.length === 0) throw notFound();
  const match = matches.find(({ route }) => route.method === request.method);
  if (!match) return { status: 405 };
  if (!mayUse(role, match.route.role)) return { status: 403 };
  match.arguments.check();
  return await match.route.handler({ parts, request, arguments: match.arguments, routes: ROUTES });
}

function matchesFor(path: string): Match[] {
  const segments = parsePath(path);
  if (!segments) return [];
  return ROUTES.flatMap(route => {
    const found = matchPath(route.path, segments);
    return found ? [{ route, arguments: found }] : [];
  });
}

/** 3CX: a role below what an endpoint asks for gets 403 with an empty body, which explains nothing. */
function mayUse(role: string, needed: RouteRole): boolean {
  if (needed === 'any' || role === 'system_owners') return true;
  return needed === 'admin' && role === 'system_admins';
}
