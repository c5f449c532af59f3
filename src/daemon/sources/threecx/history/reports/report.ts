import type { Leg } from '../records/leg.ts';

/** What is needed of the XAPI client: the path begins with a slash and carries its options. Throws AppErrors. */
export interface XapiGetter {
  get(path: string, signal?: AbortSignal): Promise<unknown>;
}

/** A time, end exclusive, in ms since 1970. */
export interface Slice {
  from: number;
  to: number;
}

/** An endpoint of XAPI that tells legs by time. */
export interface Report {
  /** In the PBX's words. */
  readonly name: string;
  /** All legs that began in the slice, in no order; null when there are more than one report can hold. */
  legs(slice: Slice, signal?: AbortSignal): Promise<Leg[] | null>;
}

const PARTS = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** `PT1M2.5S` and its like; null for what is none. */
export function durationMs(text: string | null): number | null {
  const parts = PARTS.exec(text ?? '');
  if (!parts) return null;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(part => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

/** Milliseconds and Z, so that times sort as text; null for what is no time. */
export function isoOf(text: string | null): string | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
