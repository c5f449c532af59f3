import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { RelayRig } from '../relay/relay-rig.ts';
import { Desktop } from './kit.ts';
import { Shell } from './terminal-shell.ts';

let rig: RelayRig;
let shell: Shell;
beforeAll(async () => {
  rig = await RelayRig.start();
  await rig.seesCalls();
});
afterEach(async () => {
  await shell?.close();
});
afterAll(async () => {
  await rig.stop();
});

async function opened(args?: string): Promise<void> {
  shell = new Shell(rig.home);
  shell.open(args);
  await shell.shows(/● up .*● up/);
  expect(shell.isOnAlternateScreen).toBe(true);
  expect(shell.modes).toMatchObject({ isPasteBracketed: true, isCursorHidden: true });
}

it.each([
  ['q', () => shell.press('q'), 0],
  ['Ctrl-C, twice', () => shell.press('ctrl-c', 'ctrl-c'), 0],
  ['SIGTERM', () => process.kill(shell.opened, 'SIGTERM'), 143],
  ['SIGHUP', () => process.kill(shell.opened, 'SIGHUP'), 129],
  ['SIGINT of somebody else', () => process.kill(shell.opened, 'SIGINT'), 130],
])('gives the terminal back after %s, also with the mouse on', async (_, leave, code) => {
  await opened();
  shell.press('m');
  await expect.poll(() => shell.modes.isMouseOn).toBe(true);
  leave();
  await shell.isOursAgain(code);
});

it('goes to the background by Ctrl-Z, whole, and comes back by fg as it was', async () => {
  await opened();
  shell.press('2', 'm');
  await shell.shows(/There is no call/);
  for (let time = 0; time < 2; time++) {
    shell.press('ctrl-z');
    await expect.poll(() => shell.isOnAlternateScreen).toBe(false);
    shell.type('stty -a; echo "and its <state>"; jobs');
    await shell.shows(/and its <state>\s+\[1\].*(Stopped|Suspended)/);
    expect(shell.text).toMatch(/(?<!-)\bicanon\b/);
    expect(shell.modes).toEqual({ isPasteBracketed: false, isMouseOn: false, isCursorHidden: false });
    shell.bringBack();
    await shell.shows(/There is no call/);
    expect(shell.isOnAlternateScreen).toBe(true);
    expect(shell.modes).toEqual({ isPasteBracketed: true, isMouseOn: true, isCursorHidden: true });
    expect(shell.lines[0]).toContain('3cx-relay');
  }
  // It hears again, and knows what came meanwhile.
  shell.press('5');
  await shell.shows(/test.*read/);
  shell.press('q');
  await shell.isOursAgain(0);
});

it('goes on by itself where nobody could bring it back', async () => {
  // Without a shell around it there is no job control: the system does not stop it.
  const desktop = new Desktop({ home: rig.home });
  await desktop.shows(/● up .*● up/);
  desktop.press('ctrl-z');
  await expect.poll(() => desktop.sent.split('\u001b[?1049h').length).toBe(3);
  desktop.press('2');
  await desktop.shows(/There is no call/);
  await desktop.close();
});

it('is gone within two seconds when the line breaks', async () => {
  const desktop = new Desktop({ home: rig.home });
  await desktop.shows(/● up .*● up/);
  const { pid } = desktop;
  const brokeAt = performance.now();
  desktop.hangUp();
  await expect.poll(() => isAlive(pid), { interval: 20 }).toBe(false);
  expect(performance.now() - brokeAt).toBeLessThan(2000);
});

it('draws everything anew by Ctrl-L, whoever wrote there', async () => {
  const desktop = new Desktop({ home: rig.home, args: ['dashboard'] });
  await desktop.shows(/● up .*● up/);
  desktop.press('5');
  await desktop.shows(/Requests in the last 24 hours\n +(None|\S+ +\d+ in all)/);
  const before = desktop.text;
  desktop.garble('\u001b[H\u001b[2Jwall: the system goes down\r\n\u001b[31mnow\u001b[20;5Hand here\u001b[0m');
  await desktop.shows('goes down');
  desktop.press('ctrl-l');
  await expect.poll(() => desktop.text).toBe(before);
  await desktop.close();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
