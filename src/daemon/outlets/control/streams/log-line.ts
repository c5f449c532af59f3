import type { z } from 'zod';
import { LOG_LEVELS, type logLineSchema } from '../../../../shared/control-api/upkeep-schemas.ts';
import type { LogLine } from '../parts.ts';

const LEVEL_STEP = 10;

/** A line of the log for people and programs. One that was cut, and so is no JSON any more, is a message as a whole. */
export function shownLine({ id, text }: LogLine): z.input<typeof logLineSchema> {
  const { time = '', level = 30, part = '', msg = '', ...fields } = parsed(text);
  return {
    id,
    time: String(time),
    level: LOG_LEVELS[Number(level) / LEVEL_STEP - 1] ?? 'info',
    part: String(part),
    message: String(msg),
    fields,
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? { ...line } : { msg: text };
  } catch {
    const level = Number(/^\{"level":(\d+)/.exec(text)?.[1] ?? 30);
    return { level, msg: text };
  }
}
