import { CliError, toldOf } from '../../../shared/control/cli-error.ts';
import type { ConditionsTold, ConnectionsTold, StatsTold } from '../../../shared/control-api/told.ts';
import { clean } from '../../../shared/telling/cells.ts';
import type { GivenOf } from '../../command.ts';
import type { checkCommand } from '../../commands/health.ts';
import { connect } from '../../connect.ts';
import type { Answer } from '../../output/answer.ts';
import { documentText } from '../../output/print.ts';
import {
  CHECKS,
  type Checked,
  type CheckName,
  judged,
  STATES,
  type State,
  type Told,
  worst,
} from './checks.ts';
import { nagiosLine, prometheusText } from './formats.ts';

type CheckGiven = GivenOf<typeof checkCommand>;

/** Without a measure there is nothing to hold a threshold against. */
const WITHOUT_MEASURE: readonly CheckGiven['name'][] = ['all', 'status', 'certificate'];
const SCHEMA = 'check/1';

/** What a monitoring system asks: it wants one answer whatever happens, so nothing but wrong usage is an error here. */
export async function check(given: CheckGiven): Promise<Answer> {
  const { name, warning, critical } = given;
  if ((warning ?? critical) !== undefined && WITHOUT_MEASURE.includes(name))
    throw new CliError('E_USAGE', `"${name}" measures nothing.`, 'Leave --warning and --critical away.');
  const names = name === 'all' ? (Object.keys(CHECKS) as CheckName[]) : [name];
  let told: Told;
  try {
    told = await ask(given);
  } catch (error) {
    const known = toldOf(error);
    if (known === null) throw error;
    return answer(given, { state: 'unknown', checks: [], says: `${known.message} (${known.code})` });
  }
  const checks = names.map(one => ({
    name: one,
    ...judged(CHECKS[one](told), { warning, critical }),
  }));
  return answer(given, { state: worst(checks.map(({ state }) => state)), checks, says: saysOf(checks) });
}

async function ask(given: CheckGiven): Promise<Told> {
  const daemon = connect(given);
  const [stats, { components }, { current, hidden }] = await Promise.all([
    daemon.get<StatsTold>('/admin/stats'),
    daemon.get<ConnectionsTold>('/admin/connections'),
    daemon.get<ConditionsTold>('/admin/conditions', { limit: 1 }),
  ]);
  return { stats, connections: components, conditions: [...current, ...hidden] };
}

/** Of several: what is wrong, and how many are not. */
function saysOf(checks: readonly Checked[]): string {
  const [only] = checks;
  if (only && checks.length === 1) return only.says;
  const wrong = checks.filter(({ state }) => state !== 'ok').map(({ name, says }) => `${name} ${says}`);
  return [...wrong, `${checks.length - wrong.length} of ${checks.length} ok`].join('; ');
}

interface Outcome {
  state: State;
  says: string;
  checks: readonly Checked[];
}

function answer(given: CheckGiven, { state, says, checks }: Outcome): Answer {
  const { name, format, warning, critical } = given;
  const exit = STATES.indexOf(state);
  const line = clean(says);
  const data = {
    ...{ check: name, state, exit, says: line },
    checks: checks.map(one => ({
      ...{ name: one.name, state: one.state, says: clean(one.says) },
      measures: one.measures.map(({ name: measure, value, unit }) => ({ name: measure, value, unit })),
    })),
  };
  const texts = {
    nagios: () => nagiosLine({ name, state, says: line, checks, warning, critical }),
    prometheus: () => prometheusText({ name, state, checks }),
    json: () => `${documentText(SCHEMA, data)}\n`,
  };
  return {
    schema: SCHEMA,
    data,
    rows: () =>
      checks.length === 0 ? [[name, state, line]] : checks.map(one => [one.name, one.state, one.says]),
    text: texts[format],
    ...(exit > 0 && { exit }),
  };
}
