/** 3CX's own answers are less than ten deep. Deep nesting is what makes parsing expensive, so it is refused before. */
const JSON_DEPTH_MAX = 20;

/** What came is not what the protocol says. Counted and survived, never fatal. */
export class ProtocolError extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(detail);
    this.name = 'ProtocolError';
    this.code = code;
  }
}

/** Parses text that anybody may have written; throws a ProtocolError. */
export function parseJson(text: string): unknown {
  if (isDeeperThan(text, JSON_DEPTH_MAX)) {
    throw new ProtocolError('json_too_deep', `JSON nested more than ${JSON_DEPTH_MAX} deep`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold numbers of callers.
    throw new ProtocolError('not_json', `${text.length} characters that are no JSON`);
  }
}

/** One pass over the text; what stands in strings does not count. */
export function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    switch (text[index]) {
      case '"':
        index = endOfString(text, index);
        break;
      case '{':
      case '[':
        depth += 1;
        if (depth > depthMax) return true;
        break;
      case '}':
      case ']':
        depth -= 1;
        break;
    }
  }
  return false;
}

/** By the engine's own search: a frame may be one string of many megabytes. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
