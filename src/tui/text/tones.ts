import type { Glyphs } from './glyphs.ts';
import type { Span } from './line.ts';
import type { Tone } from './look.ts';

const STATE_TONES: Record<string, Tone> = { up: 'good', degraded: 'warn', down: 'bad', disabled: 'dim' };

/** `● up`: sign, word and tone say the same. */
export function stateSpan(state: string, glyphs: Glyphs): Span {
  const sign = { up: glyphs.up, degraded: glyphs.degraded, down: glyphs.down }[state] ?? glyphs.disabled;
  return [STATE_TONES[state] ?? 'dim', `${sign} ${state}`];
}

const SEVERITY_TONES: Record<string, Tone> = { critical: 'bad', error: 'bad', warning: 'warn', info: 'dim' };

export function severityTone(severity: string): Tone {
  return SEVERITY_TONES[severity] ?? 'dim';
}

const CALL_TONES: Record<string, Tone> = { connected: 'good', ringing: 'warn', queued: 'warn', ended: 'dim' };

export function callTone(state: string): Tone {
  return CALL_TONES[state] ?? 'accent';
}

interface Sparks {
  width: number;
  glyphs: Pick<Glyphs, 'bars'>;
  /** A full bar is never less than this: what is small all the time is no wall. */
  least?: number;
}

/** The newest values, the highest of them as a full bar. */
export function sparkline(values: readonly number[], { width, glyphs: { bars }, least = 0 }: Sparks): string {
  const shown = values.slice(-width);
  const most = Math.max(...shown, least);
  const barOf = (value: number): string =>
    bars[most <= 0 ? 0 : Math.min(bars.length - 1, Math.round((value / most) * (bars.length - 1)))] ?? '';
  return shown.map(barOf).join('');
}
