import type { ZodError } from 'zod';

export interface XapiAnswer {
  status: number;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is. */
  text?: { type: string; content: string };
}

/** Thrown anywhere below a route; carries the answer the client gets. */
export class XapiFault extends Error {
  readonly answer: XapiAnswer;

  constructor(answer: XapiAnswer) {
    super(`XAPI answers ${answer.status}`);
    this.answer = answer;
  }
}

/** The query cannot be understood: the client's mistake, 400. */
export class ODataError extends XapiFault {
  constructor(message: string, target?: string) {
    super({ status: 400, body: errorBody(message, target) });
    this.message = message;
  }
}

export function notFound(): XapiFault {
  return new XapiFault({ status: 404, body: errorBody('WARNINGS.XAPI.NOT_FOUND') });
}

/** 3CX: an argument that is no date or number is not caught by the PBX and ends as a server error. */
export function badArgument(name: string): XapiFault {
  return new XapiFault({ status: 500, body: errorBody('An error has occurred.', name) });
}

export function invalidBody(error: ZodError): XapiFault {
  const details = error.issues.map(issue => ({ message: issue.message, target: issue.path.join('.') }));
  const message = details.map(({ message: text, target }) => `${target}:\n${text}`).join('\n');
  return new XapiFault({
    status: 400,
    body: { error: { code: '', message, details: details.map(detail => ({ code: '', ...detail })) } },
  });
}

/** 3CX: the web proxy gives up on a report that takes too long; its page is HTML, not JSON. */
export function gatewayTimeout(): XapiFault {
  const title = '504 Gateway Time-out';
  const content = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  return new XapiFault({ status: 504, text: { type: 'text/html', content } });
}

function errorBody(text: string, target?: string): unknown {
  const message = target === undefined ? text : `${target}:\n${text}`;
  const detail = { code: '', message: text, ...(target !== undefined && { target }) };
  return { error: { code: '', message, details: [detail] } };
}
