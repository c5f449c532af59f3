import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  const { errors } = rig.daemon.health;
  const note = (
    code: string,
    component: string,
    severity: 'critical' | 'error' | 'warning' | 'info',
    detail: string,
  ) => errors.note({ code, place: code, component, severity, detail });
  note('E_ONE', 'xapi', 'error', 'token refused');
  note('E_TWO', 'xapi', 'warning', 'slow answer');
  note('E_THREE', 'database', 'critical', 'token of the database');
  note('E_FOUR', 'relay', 'info', 'somebody came');
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/healthy|degraded/);
  desktop.press('4');
  await desktop.shows('1-4/4');
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

/** The codes of the table, not those of the details below it. */
function codes(): string[] {
  const rule = desktop.lines.findIndex(line => line.startsWith('──'));
  const table = desktop.lines.slice(0, rule < 0 ? undefined : rule);
  return table.flatMap(line => /\bE_[A-Z]+\b/.exec(line)?.[0] ?? []).toSorted();
}

/** Opens the filter, takes out what stood there, and writes. */
async function filter(text: string): Promise<void> {
  desktop.press('/');
  await desktop.shows(/Words, -without/);
  desktop.press('ctrl-u', text);
}

describe('a filter, as it is written', () => {
  beforeEach(async () => {
    if (desktop.text.includes('Words, -without')) desktop.press('ctrl-u', 'enter');
    await desktop.showsNot('Words, -without');
  });

  for (const [text, left, wanted] of [
    ['token', '2 of 4', ['E_ONE', 'E_THREE']],
    ['-token', '2 of 4', ['E_FOUR', 'E_TWO']],
    ['token -database', '1 of 4', ['E_ONE']],
    ['component:xapi', '2 of 4', ['E_ONE', 'E_TWO']],
    ['comp:xapi sev:warn', '1 of 4', ['E_TWO']],
    ['--component xapi', '2 of 4', ['E_ONE', 'E_TWO']],
    ['-component:xapi', '2 of 4', ['E_FOUR', 'E_THREE']],
    ['severity>=error', '2 of 4', ['E_ONE', 'E_THREE']],
    ['severity<=warning', '2 of 4', ['E_FOUR', 'E_TWO']],
    ['since:10m', '4 of 4', ['E_FOUR', 'E_ONE', 'E_THREE', 'E_TWO']],
    ['"slow answer"', '1 of 4', ['E_TWO']],
  ] as const) {
    it(`${text} leaves ${left}`, async () => {
      await filter(text);
      await desktop.shows(left);
      await expect.poll(codes).toEqual(wanted);
    });
  }

  it('says what is wrong with a word where it is written, and is not left so', async () => {
    await filter('colour:red');
    await desktop.shows(/colour: is no word here; there are severity: component:/);
    expect(codes()).toHaveLength(4);
    desktop.press('enter');
    await desktop.shows(/Nothing is left out: colour: is no word here/);
    desktop.press('ctrl-u', 'severity:loud');
    await desktop.shows('severity is one of info, warning, error, critical');
    desktop.press('ctrl-u', 'since:yesterday');
    await desktop.shows(/since: how long ago, such as 10m/);
    desktop.press('ctrl-u', 'severity>=');
    await desktop.shows('severity: of what?');
  });

  it('is completed by Tab', async () => {
    await filter('comp');
    desktop.press('tab', 'data');
    await desktop.shows(/\/component:data +1 of 4/);
    desktop.press('ctrl-u', 'token -sev', 'tab', 'crit');
    await desktop.shows(/\/token -severity:crit +1 of 4/);
    desktop.press('ctrl-u', 's', 'tab', 'x');
    await desktop.shows(/\/sx +0 of 4/);
    await desktop.shows('None of 4 fits the filter sx');
  });

  it('is taken back by Escape', async () => {
    await filter('token');
    await desktop.shows('2 of 4');
    desktop.press('enter');
    await desktop.showsNot('Words, -without');
    await desktop.shows(/1-2\/2/);
    desktop.press('/', ' -database');
    await desktop.shows('1 of 4');
    await desktop.shows('Esc as before');
    desktop.press('escape');
    await desktop.showsNot('Words, -without');
    await expect.poll(codes).toEqual(['E_ONE', 'E_THREE']);
    expect(desktop.text).toContain('token 2 of 4');
    desktop.press('escape');
    await expect.poll(codes).toHaveLength(4);
  });
});

it('is kept by each screen for itself, and told there', async () => {
  await filter('severity:critical');
  await desktop.shows('1 of 4');
  desktop.press('enter', '9');
  await desktop.shows(/TIME +LEVEL +PART/);
  expect(desktop.text).not.toContain('severity:critical');
  desktop.press('/', 'part:nowhere', 'enter');
  await desktop.shows(/None of \d+ fits the filter part:nowhere/);
  desktop.press('4');
  await expect.poll(codes).toEqual(['E_THREE']);
  await desktop.shows('severity:critical 1 of 4');
  desktop.press('9');
  await desktop.shows(/None of \d+ fits the filter part:nowhere/);
  desktop.press('escape');
  await desktop.shows(/ (info|warn) /);
  desktop.press('4', 'escape');
  await expect.poll(codes).toHaveLength(4);
});
