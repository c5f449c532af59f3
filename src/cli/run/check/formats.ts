import { type Checked, type Measure, STATES, type State } from './checks.ts';

interface Line {
  name: string;
  state: State;
  says: string;
  checks: readonly Checked[];
  warning: number | undefined;
  critical: number | undefined;
}

/** `3CX-RELAY XAPI OK - up for 3 d | latency=12ms;100;500`. A bar would begin the figures, so the text has none. */
export function nagiosLine({ name, state, says, checks, warning, critical }: Line): string {
  const isOne = checks.length === 1;
  const figures = checks.flatMap(check =>
    check.measures.map(measure => {
      const { name: word, value, unit, isJudged } = measure;
      const limits = isJudged && isOne ? [limitOf(warning, measure), limitOf(critical, measure)] : [];
      const label = isOne ? word : `${check.name}_${word}`;
      return [`${label}=${value}${unit}`, ...limits].join(';').replace(/;+$/, '');
    }),
  );
  const text = `3CX-RELAY ${name.toUpperCase()} ${state.toUpperCase()} - ${says.replaceAll('|', '/')}`;
  return `${text}${figures.length === 0 ? '' : ` | ${figures.join(' ')}`}\n`;
}

/** `500:` is below 500, as plug-ins write ranges. */
function limitOf(limit: number | undefined, { isFloor }: Measure): string {
  if (limit === undefined) return '';
  return isFloor ? `${limit}:` : String(limit);
}

const UNIT_WORDS = { '': '', c: '_total', ms: '_milliseconds', B: '_bytes', MB: '_mebibytes' } as const;

interface Figures {
  name: string;
  state: State;
  checks: readonly Checked[];
}

/** For the text files of the node exporter: no text but names, so that no series is ever made anew. */
export function prometheusText({ name, state, checks }: Figures): string {
  const states = checks.length === 0 ? [{ name, state }] : checks;
  const lines = [
    '# HELP relay_check_state 0 ok, 1 warning, 2 critical, 3 unknown',
    '# TYPE relay_check_state gauge',
    ...states.map(one => `relay_check_state{check="${one.name}"} ${STATES.indexOf(one.state)}`),
  ];
  for (const check of checks) {
    for (const { name: word, value, unit } of check.measures) {
      const metric = `relay_check_${check.name}_${word}${UNIT_WORDS[unit]}`;
      lines.push(`# TYPE ${metric} ${unit === 'c' ? 'counter' : 'gauge'}`, `${metric} ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
