import { afterAll, beforeAll, expect, it } from 'vitest';
import { Operating } from '../control/kit.ts';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
let operating: Operating;
let desktop: Desktop;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  operating = new Operating(rig);
  for (const component of ['xapi', 'xapi', 'database', 'relay']) note(component);
  desktop = new Desktop({ home: rig.home, columns: 80, rows: 24 });
  await desktop.shows(/healthy|degraded/);
});
afterAll(async () => {
  await desktop.close();
  await rig.stop();
});

let noted = 0;
function note(component: string): void {
  noted += 1;
  const detail = `fault ${noted} of ${component}`;
  rig.daemon.health.errors.note({ code: 'E_TEST', place: detail, component, severity: 'error', detail });
}

async function unseen(): Promise<string[]> {
  const { errors } = (await operating.get('/admin/errors?acknowledged=false')).body;
  return errors.map(({ detail }: { detail: string }) => detail).toSorted();
}

it('counts new errors at the top of every screen, and what comes again', async () => {
  for (const screen of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']) {
    desktop.press(screen);
    await expect.poll(() => desktop.lines[0]).toContain('4 new errors');
  }
  desktop.press('4');
  for (let again = 0; again < 2; again++)
    rig.daemon.health.errors.note({
      ...{ code: 'E_TEST', place: 'fault 1 of xapi', component: 'xapi', severity: 'error' },
      detail: 'fault 1 of xapi',
    });
  await desktop.shows(/▸ error .* ×3 .*fault 1 of xapi/);
  expect(desktop.lines[0]).toContain('4 new errors');
  desktop.press('enter');
  await desktop.shows(/seen +3 times, first \d\d:\d\d:\d\d, last \d\d:\d\d:\d\d/);
  desktop.press('escape');
  await desktop.shows(/▸ error .*fault 1 of xapi/);
});

it('acknowledges one, which is new when it comes again', async () => {
  desktop.press('a');
  await desktop.shows('Acknowledged: ');
  await expect.poll(() => desktop.lines[0]).toContain('3 new errors');
  expect(await unseen()).toEqual(['fault 2 of xapi', 'fault 3 of database', 'fault 4 of relay']);
  const [row] = await operating.audited('?action=error');
  expect(row).toMatchObject({ outcome: 'ok', actor: 'operator' });
});

it('goes to the next new one, over those that were seen', async () => {
  const here = (): string => desktop.line('▸').replace(/^.*(fault \d).*$/, '$1');
  expect(here()).toBe('fault 1');
  desktop.press('e');
  await expect.poll(here).toBe('fault 4');
  desktop.press('ee');
  await expect.poll(here).toBe('fault 2');
  desktop.press('e');
  await expect.poll(here).toBe('fault 4');
});

it('acknowledges all that a filter shows, when that is wanted', async () => {
  desktop.press('/', 'comp:xapi', 'enter');
  await desktop.shows('comp:xapi 2 of 4');
  desktop.press('A');
  await desktop.shows(/Acknowledge 1 error\? /);
  desktop.press('n');
  await desktop.showsNot('Acknowledge 1 error?');
  expect(await unseen()).toHaveLength(3);
  desktop.press('A');
  await desktop.shows(/Acknowledge 1 error\? /);
  desktop.press('y');
  await expect.poll(unseen).toEqual(['fault 3 of database', 'fault 4 of relay']);
  await expect.poll(() => desktop.lines[0]).toContain('2 new errors');
  await expect.poll(() => desktop.lines.at(-1)).toContain('comp:xapi 2 of 4');
  expect(desktop.lines.at(-1)).not.toContain('all shown');
  desktop.press('escape');
  await desktop.shows('fault 3 of database');
  desktop.press('A');
  await desktop.shows(/Acknowledge 2 errors\? /);
  desktop.press('y');
  await desktop.shows('2 errors acknowledged.');
  await expect.poll(() => desktop.lines[0]).not.toContain('new error');
  desktop.press('e');
  await desktop.shows('There is no other new error.');
  note('relay');
  await expect.poll(() => desktop.lines[0]).toContain('1 new error ');
});
