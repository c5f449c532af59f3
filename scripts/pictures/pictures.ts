import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LAUNCHER } from '../../bench/servers/relay.ts';
import { ProgramScreen } from '../terminal/program-screen.ts';
import { LOOKS, SCENES, type Scene, SIZES, type Size } from './scenes.ts';
import { Stage } from './stage.ts';
import { svgOf } from './svg.ts';

const USAGE = `npm run pictures -- [--out FOLDER] [--png FOLDER] [--looks color,no-color] [--only NAME] [--size 80x24] [--seconds N]

Takes pictures of the dashboard beside a simulated phone system: SVG into FOLDER (docs/pictures), for the README. With --png also
as PNG, which nobody needs but the one who looks at them. Looks: ${Object.keys(LOOKS).join(', ')} (color).
`;
/** Charts show so many, and a few more that the daemon needs to be ready. */
const SECONDS = 200;
const SHOWN_MS = 30_000;
/** What a picture waits for may be there before the rest of the screen is. */
const SETTLE_MS = 1200;
const KEY_MS = 300;
const TURN_MS = 12_000;
const TURNS = 5;
const DETAILS_FROM_ROWS = 30;
const SIGNAL_EXIT_CODE = 130;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(import.meta.dirname, '../../docs/pictures') },
    png: { type: 'string' },
    looks: { type: 'string', default: 'color' },
    only: { type: 'string' },
    size: { type: 'string' },
    seconds: { type: 'string', default: String(SECONDS) },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

// An orderly exit, so that what was started ends with us.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => process.exit(SIGNAL_EXIT_CODE));

if (values.help) process.stdout.write(USAGE);
else await takeAll();

async function takeAll(): Promise<void> {
  const scenes = SCENES.filter(({ name }) => values.only === undefined || name === values.only);
  const sizes = SIZES.filter(({ columns, rows }) => [undefined, `${columns}x${rows}`].includes(values.size));
  const looks = values.looks.split(',').filter(look => look in LOOKS);
  for (const folder of [values.out, values.png])
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const stage = await Stage.open({ seconds: Number(values.seconds) });
  try {
    for (const scene of scenes) {
      await scene.before?.(stage);
      for (const look of looks) for (const size of sizes) await take(scene, { stage, look, size });
    }
  } finally {
    await stage.close();
  }
}

interface Taking {
  stage: Stage;
  look: string;
  size: Size;
}

async function take(scene: Scene, { stage, look, size }: Taking): Promise<void> {
  const { term, environment = {}, args = [] } = LOOKS[look] ?? {};
  const screen = new ProgramScreen({
    ...{ program: LAUNCHER, args: ['dashboard', ...args], ...size },
    environment: { RELAY_HOME: stage.home, XDG_STATE_HOME: join(stage.home, 'xdg-state'), ...environment },
    ...(term !== undefined && { term }),
  });
  try {
    await reach(screen, /(●|\[\+\]) /);
    await reachByKeys(screen, scene, size);
    await wait(SETTLE_MS);
    const name = `${scene.name}-${size.columns}x${size.rows}${look === 'color' ? '' : `-${look}`}`;
    await write(name, svgOf(screen.cells, scene.title), look === 'color');
  } finally {
    await screen.close();
  }
}

async function reachByKeys(screen: ProgramScreen, { keys, ...scene }: Scene, { rows }: Size): Promise<void> {
  const shows = rows < DETAILS_FROM_ROWS ? (scene.showsSmall ?? scene.shows) : scene.shows;
  for (let turn = 0; turn < TURNS; turn++) {
    for (const key of keys) {
      screen.press(key);
      await wait(KEY_MS);
    }
    if ((await screen.becomes(({ text }) => shows.test(text), TURN_MS)) !== false) return;
  }
  await reach(screen, shows);
}

async function reach(screen: ProgramScreen, shows: RegExp): Promise<void> {
  if ((await screen.becomes(({ text }) => shows.test(text), SHOWN_MS)) !== false) return;
  throw new Error(`The dashboard does not show ${shows} within ${SHOWN_MS / 1000} s:\n${screen.text}`);
}

async function write(name: string, svg: string, isForReadme: boolean): Promise<void> {
  if (isForReadme) writeFileSync(join(values.out, `${name}.svg`), svg);
  process.stdout.write(`${name}: ${Math.round(svg.length / 1024)} kB\n`);
  if (values.png === undefined) return;
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, { font: { defaultFontFamily: 'DejaVu Sans Mono' } });
  writeFileSync(join(values.png, `${name}.png`), picture.render().asPng());
}
