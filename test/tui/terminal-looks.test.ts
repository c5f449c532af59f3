import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';

let rig: RelayRig;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
  await rig.newKey({ name: 'Bürö 漢字', permissions: ['read'] });
});
afterAll(async () => {
  await rig.stop();
});

type Opening = Omit<ConstructorParameters<typeof Desktop>[0], 'home'>;

/** Goes through all screens and looks into one. */
async function seen(opening: Opening): Promise<Desktop> {
  const desktop = new Desktop({ home: rig.home, ...opening });
  await desktop.shows(/up .* up /);
  for (const key of ['2', '3', '4', '6', '7', '8', '9', '1', '5']) {
    const sent = desktop.sent.length;
    desktop.press(key);
    await desktop.becomes(screen => screen.sent.length > sent, 5000);
  }
  await desktop.shows(/NAME .*STATE/);
  desktop.press('?');
  await desktop.shows('What can be done here');
  desktop.press('escape');
  await desktop.showsNot('What can be done here');
  return desktop;
}

/** All that was asked to be set off, by its numbers. */
function setOff({ sent }: Desktop): Set<string> {
  return new Set(sent.split('\u001b[').flatMap(piece => /^([\d;]*)m/.exec(piece)?.[1]?.split(';') ?? []));
}

it('uses the sixteen colours that every terminal has, and no others', async () => {
  const desktop = await seen({});
  expect([...setOff(desktop)].filter(code => !/^(0|[127]|2[27]|3[0-79]|9[0-7]|)$/.test(code))).toEqual([]);
  expect(setOff(desktop).has('32')).toBe(true);
  await desktop.close();
});

describe.each<[string, Opening]>([
  ['NO_COLOR', { environment: { NO_COLOR: '1' } }],
  ['--no-color', { args: ['dashboard', '--no-color'] }],
])('with %s', (_, opening) => {
  it('sets nothing off, and still shows where one stands', async () => {
    const desktop = await seen(opening);
    expect([...setOff(desktop)]).toEqual([]);
    expect(desktop.line('Bürö')).toMatch(/^[▸ ] Bürö/);
    expect(desktop.lines.filter(line => line.startsWith('▸'))).toHaveLength(1);
    await desktop.close();
  });
});

describe.each<[string, Opening]>([
  ['--ascii', { args: ['dashboard', '--ascii'] }],
  ['a locale without Unicode', { environment: { LANG: 'en_US.ISO-8859-1' } }],
])('with %s', (_, opening) => {
  it('draws with plain letters only, as wide as before', async () => {
    const desktop = await seen(opening);
    expect([...desktop.sent].filter(letter => letter > '~')).toEqual([]);
    const active = (name: string): number => desktop.line(name).indexOf('active');
    expect(active('Buro ????')).toBe(active('test '));
    expect(desktop.lines.filter(line => line.startsWith('>'))).toHaveLength(1);
    await desktop.close();
  });
});

it('is the same where a build server left its mark', async () => {
  const desktop = await seen({ environment: { CI: 'true' } });
  expect(desktop.isOnAlternateScreen).toBe(true);
  await desktop.close();
});

describe('what is typed and pasted', () => {
  it('is a command only where it is meant so', async () => {
    const desktop = await seen({});
    // Text that is pasted would be commands; the rest of an arrow that came late would be text.
    desktop.paste('q2\r:quit\r');
    await desktop.shows('Pasted text is only taken where something is being written.');
    desktop.press('escape');
    await desktop.showsNot('Pasted text');
    desktop.press('[B');
    desktop.press('[<0;3;2M');
    desktop.press('2');
    await desktop.shows(/There is no call/);
    desktop.press('5', '/');
    await desktop.shows(/Words, -without/);
    desktop.paste('B\u001b[31mü\nr\u0007ö');
    await desktop.shows(/\/B \[31mü r ö/);
    desktop.press('ctrl-u');
    desktop.paste('Bürö');
    await desktop.shows(/1 of 2/);
    await desktop.close();
  });

  it('takes the mouse only when it is told to', async () => {
    const desktop = await seen({});
    expect(desktop.modes.isMouseOn).toBe(false);
    desktop.press('m');
    await desktop.shows('The mouse is on');
    expect(desktop.modes.isMouseOn).toBe(true);
    const click = (column: number, line: number): void =>
      desktop.press(`\u001b[<0;${column};${line}M\u001b[<0;${column};${line}m`);
    const rowOf = (text: string): number => desktop.lines.findIndex(line => line.includes(text)) + 1;
    click(5, rowOf('Bürö'));
    await desktop.shows(/^▸ Bürö/m);
    click(5, rowOf('test '));
    await desktop.shows(/^▸ test/m);
    // Torn into pieces, and the wheel.
    desktop.press('\u001b[<6', '4;5;5', 'M');
    await desktop.shows(/^▸ Bürö/m);
    desktop.press('\u001b[<65;5;5M');
    await desktop.shows(/^▸ test/m);
    click((desktop.lines[1] ?? '').indexOf('Calls') + 1, 2);
    await desktop.shows(/There is no call/);
    desktop.press('m');
    await desktop.shows('The mouse is off');
    expect(desktop.modes.isMouseOn).toBe(false);
    await desktop.close();
  });
});
