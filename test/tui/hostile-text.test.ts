import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/shared/control-api/watch-line.ts';
import { HostileDaemon, trueStory } from './hostile-daemon.ts';
import { Desktop } from './kit.ts';
import { Shell } from './terminal-shell.ts';

/** What somebody may have put into his own name so that it does something to who reads it. */
const HOSTILE: Record<string, string> = {
  'clears the screen': '\u001b[2J\u001b[H\u001b[3Jgone',
  'moves the cursor': 'up\u001b[10A\u001b[1;1Hthere\u001b[5;5f',
  'colours all after it': '\u001b[31;44;1m red \u001b[8mhidden\u001b[38;5;200m\u001b[48;2;1;2;3m',
  'sets the title and the clipboard':
    '\u001b]0;owned\u0007\u001b]52;c;b3duZWQ=\u0007\u001b]8;;http://x/\u0007link',
  'uses C1': '\u009b2J\u009d0;owned\u009c\u0090q\u009c\u0085\u008d',
  'asks the terminal': '\u001b[c\u001b[6n\u001b]11;?\u0007\u0005',
  'changes modes': '\u001b[?1049l\u001b[?25h\u001b[?1000h\u001b[?2004l\u001bc\u001b7\u000e\u000f',
  'turns the line round': '\u202eevil\u202c \u2066more\u2069 \u061c\u200f',
  'is not to be seen': 'a\u200b\u200c\u200d\u2060\ufeff\u00ad\u{e0041}b',
  'towers up': `Z${'\u0335\u0336\u0334\u0338\u0489'.repeat(60)}algo`,
  'is wide': '漢字カタカナ한국어　全角',
  'is full of pictures': '👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽❤️⌚☠️1️⃣',
  'never ends': 'very long '.repeat(1000),
  'never ends and is wide': '漢'.repeat(10_000),
  'has lines and tabs': 'one\ntwo\r\nthree\tfour\u000bfive\u2028six\u0085seven',
  'is broken': 'half \ud83d of a \udc4d letter \ufffe\uffff',
  'is in other letters': 'नमस्ते สวัสดี שלום مرحبا Ελλάδα',
};
const NAMES = Object.values(HOSTILE);

let snapshot: Snapshot;
let daemon: HostileDaemon;
beforeAll(async () => {
  snapshot = await trueStory();
  daemon = await HostileDaemon.start(hostile(snapshot), {
    '/admin/events': { epoch: snapshot.stats.journal.epoch, entries: entries() },
    '/admin/logs': {
      lines: NAMES.map((message, id) => ({
        id,
        time: '2026-11-20T18:00:00.000Z',
        level: 'info',
        part: message,
        message,
        fields: { message },
      })),
    },
  });
});
afterAll(() => daemon.stop());

/** One of each kind for every name, between two that are harmless. */
function hostile(true_: Snapshot): Snapshot {
  const [call, client, key] = [true_.calls[0], true_.clients[0], true_.keys[0]];
  if (!call || !client || !key) throw new Error('the true story lacks a call, a client or a key');
  const names = ['Harmless', ...NAMES, 'Harmless'];
  return {
    ...true_,
    stats: { ...true_.stats, status: 'healthy' },
    calls: names.map((name, id) => ({
      ...call,
      ...{ id: `call-${id}`, state: 'ringing' as const, queue: name, facts: { note: name } },
      from: { ...call.from, name, number: id % 2 === 0 ? '' : name },
      to: { ...call.from, name, dn: name },
    })),
    clients: names.map((name, id) => ({ ...client, id: `client-${id}`, keyName: name, address: name })),
    keys: names.map((name, id) => ({ ...key, id: `key-${id}`, name, createdBy: name })),
    conditions: true_.conditions.slice(0, 1).map(condition => ({
      ...condition,
      ...{ what: names.join(' '), detail: names.join('\n'), cause: NAMES[0] ?? '', fix: NAMES[1] ?? '' },
    })),
    components: true_.components.map((one, place) => ({
      ...one,
      reason: NAMES[place] ?? '',
      state: 'down' as const,
      rung: NAMES[place + 4] ?? '',
    })),
    errors: names.map((detail, id) => ({
      ...{ id, code: 'E_ODD', place: detail, component: detail, severity: 'error', detail, count: 2 },
      ...{ firstSeen: 1e12, lastSeen: 1e12 + id, acknowledgedAt: null, acknowledgedBy: null },
    })),
    audit: names.map((subject, id) => ({
      ...{ id: id + 1, time: 1e12, actor: subject, source: subject, via: 'login', action: 'key.create' },
      ...{ subject, outcome: 'ok', detail: { subject }, hash: subject },
    })),
  };
}

function entries(): unknown[] {
  return NAMES.map((name, seq) => ({
    ...{ type: 'call_event', seq: seq + 1, prev: seq, time: 1e12, source: '3cx' },
    data: { event: { event_type: 0, entity: name, attached_data: { status: name } }, [name]: name },
  }));
}

/** Only what draws: colours of ours, moves of Ink, and what is asked of the terminal at the start. */
const OURS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is about
  /\u001b\[(?:[\d;]*[ABCDEFGHJK]|(?:[127]|2[27]|3[0-7]|39|9[0-7]|0)?m|\?(?:25|2004|2026|1049)[hl])/g;
const STEERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it is about
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u;

/** Where one stands, at the foot, while one looks into a row. */
const INSIDE = /(?:Calls|Events|Errors|Keys|Clients|Audit|Logs) > \S/;

function isHarmless(desktop: Desktop, foot = '? help'): void {
  expect(STEERS.exec(desktop.sent.replaceAll(OURS, ''))).toBeNull();
  expect(desktop.hasBrokenLines).toBe(false);
  expect(desktop.lines[0]).toContain('3cx-relay');
  expect(desktop.lines[1]).toMatch(/^ 1 ?Overview/);
  expect(desktop.lines.at(-1)).toContain(foot);
  expect(desktop.isOnAlternateScreen).toBe(true);
  expect(desktop.modes).toEqual({ isPasteBracketed: true, isMouseOn: false, isCursorHidden: true });
}

describe.each([
  [120, 40],
  [80, 24],
])('at %ix%i', (columns, rows) => {
  it('draws hostile text as text, on every screen, in details and raw', { timeout: 60_000 }, async () => {
    const desktop = new Desktop({ home: daemon.home, columns, rows });
    await desktop.shows(/Wrong now: 1/);
    isHarmless(desktop);
    desktop.press('enter');
    await desktop.shows(/> what is wrong/);
    isHarmless(desktop, 'Esc');
    desktop.press('escape');
    await desktop.showsNot(/> what is wrong/);
    desktop.press('n');
    for (const title of ['Calls', 'Events', 'Errors', 'Keys', 'Clients', 'Audit', 'Logs']) {
      desktop.press('tab');
      // Over those that have no rows.
      if (title === 'Audit') desktop.press('tab');
      await expect.poll(() => desktop.cellOf(title).isInverse).toBe(true);
      await desktop.shows(/^▸/m);
      desktop.press('g');
      for (let row = 0; row <= NAMES.length; row++) {
        // In the larger one details stand below the list.
        if (rows < 40 && ['Calls', 'Events', 'Errors'].includes(title)) {
          desktop.press('enter');
          await desktop.shows(INSIDE);
          desktop.press('escape');
          await desktop.showsNot(INSIDE);
        }
        desktop.press('j');
        await desktop.becomes(({ sent }) => sent.endsWith('\u001b[?2026l'), 100);
      }
      isHarmless(desktop);
    }
    await desktop.close();
  });
});

it('keeps the columns where they are', async () => {
  const desktop = new Desktop({ home: daemon.home, columns: 140, rows: 50 });
  await desktop.shows(/Wrong now: 1/);
  desktop.press('2', 'n');
  await desktop.shows(/ringing.*Harmless/);
  const head = desktop.lines.find(line => line.includes('STATE')) ?? '';
  const at = head.indexOf('DIR');
  const rows = desktop.cells
    .map(row =>
      row
        .slice(at, at + 3)
        .map(({ text }) => text)
        .join(''),
    )
    .filter((_, row) => /^. ringing/.test(desktop.lines[row] ?? ''));
  expect(rows.length).toBeGreaterThan(NAMES.length - 2);
  expect(new Set(rows)).toEqual(new Set(['in ']));
  await desktop.close();
});

it('gives the terminal back and says why when drawing fails', async () => {
  const broken = await HostileDaemon.start({ ...snapshot, conditions: [{ code: 'ODD' }] });
  const shell = new Shell(broken.home);
  shell.open();
  await shell.isOursAgain(1);
  expect(shell.text).toMatch(/3cx-relay: .*\(E_UNEXPECTED\)/s);
  expect(shell.text).toContain('--verbose shows where');
  await shell.close();
  broken.stop();
});
