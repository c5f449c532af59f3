/** A figure over time, ready to be drawn. */
export interface Curve {
  /** When each was, for the axis. */
  labels: readonly string[];
  values: readonly number[];
  /** Where the scale ends. */
  top: number;
}

const NICE = [1, 2, 5, 10];

/** The next number that people like to read. */
export function niceTop(most: number): number {
  if (most <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return (NICE.find(step => step * power >= most) ?? 10) * power;
}
