import { afterAll, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

const NUMBER = '+442079460101';

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

it('shows a call through all its states, with legs and what happened, and how it ended', async () => {
  desktop.press('2');
  await desktop.shows('There is no call at this moment.');
  rig.act({ do: 'dialIn', call: 'one', from: NUMBER, name: 'Smith, Ann', did: '+442079460200' });
  rig.act({ do: 'route', call: 'one', to: '101' });
  await desktop.shows(/▸ ringing +0:\d\d +in +\*{3}101 Smith, Ann +101 /);
  await desktop.shows(/ 101 +ringing +for <?\d+ s/);
  rig.act({ do: 'answer', call: 'one', dn: '101' });
  await desktop.shows(/▸ connected +0:\d\d/);
  await desktop.shows(/ 101 +connected +for <?\d+ s/);
  await desktop.shows(/answered +\d\d:\d\d:\d\d/);
  rig.act({ do: 'transfer', call: 'one', by: '101', to: '102' });
  await desktop.shows(/▸ \w+ +0:\d\d +in +\*{3}101 Smith, Ann +102 /);
  rig.act({ do: 'answer', call: 'one', dn: '102' });
  await desktop.shows(/ 102 +connected/);
  await desktop.shows(
    /What happened\n +\d\d:\d\d:\d\d +began\n[\s\S]*connected\n[\s\S]* (ringing|now|connected) at 102\n/,
  );
  desktop.press('enter');
  await desktop.shows(/Calls > [0-9A-Z]{8}/);
  rig.act({ do: 'hangUp', call: 'one', by: 'caller' });
  await desktop.shows(/ended +\d\d:\d\d:\d\d +\w+/);
  await desktop.shows(/\d\d:\d\d:\d\d +ended: \w+/);
  desktop.press('escape');
  await desktop.shows(/▸ ended +0:\d\d/);
});

it('masks numbers everywhere until they are asked for, and again', async () => {
  rig.act({ do: 'dialIn', call: 'two', from: NUMBER, name: 'Smith, Ann', did: '+442079460200' });
  rig.act({ do: 'route', call: 'two', to: '103' });
  desktop.press('2');
  await desktop.shows(/ringing +0:\d\d +in +\*{3}101 Smith, Ann +103 /);
  await desktop.shows(/\*{3}200/);
  desktop.press('/', 'state:ringing', 'enter');
  await desktop.shows(/1-1\/1/);
  desktop.press('enter');
  await desktop.shows(/Calls > [0-9A-Z]{8}/);
  expect(desktop.text).not.toContain(NUMBER);
  desktop.press('escape');
  await desktop.shows(/▸ ringing/);
  desktop.press('Y');
  await desktop.shows(/Copied \d+ characters/);
  expect(desktop.sent).not.toContain(NUMBER);
  expect(copied(desktop)).toMatchObject({ from: { number: '***101' } });

  desktop.press('n');
  await desktop.shows('Phone numbers are shown whole.');
  await desktop.shows(/▸ ringing +0:\d\d +in +\+442079460101 Smith, Ann/);
  desktop.press('Y');
  await expect.poll(() => copied(desktop)).toMatchObject({ from: { number: NUMBER } });
  desktop.press('3');
  await desktop.shows(/call\.ringing.*\+442079460101/);
  desktop.press('n');
  await desktop.shows('Phone numbers are masked.');
  await desktop.shows(/call\.ringing.*\*{3}101/);
  await desktop.showsNot(NUMBER);
});

it('goes on with what it shows at 80x24, with the details one key away', async () => {
  desktop.press('2');
  desktop.resize(80, 24);
  await desktop.shows(/▸ ringing +\d:\d\d +in +\*{3}101 Smith, Ann +103 /);
  expect(desktop.text).not.toContain('What happened');
  desktop.press('enter');
  await desktop.shows(/What happened\n +\d\d:\d\d:\d\d +began/);
  desktop.press('escape');
  await desktop.shows(/▸ ringing/);
  for (const line of desktop.lines) expect(line.length).toBeLessThanOrEqual(80);
});

it('says when what it shows may be late', async () => {
  await rig.simulator.stop();
  await desktop.shows(/Call control is (down|degraded): what is shown may be late/);
});

/** What was put into the clipboard last. */
function copied({ sent }: Desktop): unknown {
  const text = sent.split('\u001b]52;c;').at(-1)?.split('\u0007')[0] ?? '';
  return JSON.parse(Buffer.from(text, 'base64').toString() || 'null');
}
