import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { HostileDaemon } from './hostile-daemon.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  desktop = new Desktop({ home: rig.home });
  await desktop.shows(/healthy|degraded/);
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

it('doctor looks as soon as it is opened, shows results as they come, and looks again', async () => {
  desktop.press('0');
  await desktop.shows(/Looking\.\.\. |Looked at \d\d:\d\d:\d\d/);
  await desktop.shows(/(ok|warning|skipped|fail) +[a-z][\w. -]+ +[A-Z_]+/);
  await desktop.shows(/Looked at \d\d:\d\d:\d\d +\d+ fail +\d+ warnings? +\d+ ok +\d+ skipped/);
  desktop.press('/', 'result:ok', 'enter');
  await desktop.shows(/▸ ok +/);
  await desktop.shows(/looks at +\w+/);
  desktop.press('escape');
  await desktop.showsNot('result:ok');
  rig.simulator.pbx.knobs.turn({ callControlEnabled: false });
  desktop.press('d');
  await desktop.shows(/Looking\.\.\. /);
  await desktop.shows(/Looked at \d\d:\d\d:\d\d +[1-9]\d* fail/);
  desktop.press('g');
  await desktop.shows(/▸ fail +/);
  desktop.press('enter');
  await desktop.shows(/Doctor > \w+/);
  await desktop.shows(/What to do\n\S/);
  desktop.press('escape');
  await desktop.showsNot(/Doctor > \w+/);
  rig.simulator.pbx.knobs.turn({ callControlEnabled: true });
});

it('logs follow, and show only as bad as is asked for', async () => {
  desktop.press('9');
  await desktop.shows(/TIME +LEVEL +PART +SAYS/);
  await desktop.shows(/ info +\w+/);
  await new Operating(rig).ask('POST', '/admin/reload');
  await desktop.shows(/▸ .*configuration read again/);
  desktop.press('l');
  await desktop.shows('Shown: level>=info');
  desktop.press('l');
  await desktop.shows('Shown: level>=warn');
  await expect.poll(() => desktop.text).not.toMatch(/\d +info +/);
  desktop.press('l');
  await desktop.shows('Shown: level>=error');
  desktop.press('l');
  await desktop.shows('All levels are shown.');
  await desktop.shows(/ info +\w+/);
  desktop.press('enter');
  await desktop.shows(/logged +\d\d:\d\d:\d\d +info/);
});

it('never takes half an examination for a whole one', async () => {
  const watch = await new Operating(rig).follow('/admin/watch');
  await expect.poll(() => watch.lines).not.toHaveLength(0);
  watch.close();
  const facts = { evidence: [], cause: null, fix: null, durationMs: 1 };
  const check = { name: 'disk', looksAt: 'the disk', result: 'ok', code: 'OK', ...facts };
  const answer: object = { type: 'check', check };
  const daemon = await HostileDaemon.start(watch.lines[0], { '/admin/doctor': answer });
  const other = new Desktop({ home: daemon.home });
  try {
    await other.shows(/healthy|degraded/);
    other.press('0');
    await other.shows(/The answer of the daemon ended early.*E_CUT_OFF/);
    expect(other.text).toMatch(/ok +disk +OK/);
    Object.assign(answer, { type: 'end', code: 'E_LOGIN_NEEDED', detail: 'The login has ended.' });
    other.press('d');
    await other.shows('The login has ended. (E_LOGIN_NEEDED)');
    expect(other.text).not.toContain('Looked at');
  } finally {
    await other.close();
    daemon.stop();
  }
});
