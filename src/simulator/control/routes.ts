import * as z from 'zod';
import { actionSchema } from '../exchange/actions/action-schema.ts';
import { PROFILES } from '../exchange/agent-board.ts';
import type { Answer } from '../front/http.ts';
import { type Past, pastSchema } from '../options.ts';
import type { Pbx } from '../pbx.ts';
import { findStory, STORIES } from '../stories/index.ts';
import type { Story } from '../stories/story.ts';
import { tell } from '../stories/telling.ts';
import { tellingText } from '../stories/telling-text.ts';
import { activeCall } from '../xapi/active-call.ts';
import { BREAKS, type BreakName, isBreakName } from './breaks.ts';

/** What the control routes steer. */
export interface Controlled {
  readonly pbx: Pbx;
  /** Does one misdeed; the names and orders are in breaks.ts. */
  breakIt(name: BreakName, order?: unknown): Promise<void>;
  /** Fills database and reports with past calls; resolves with the number of records. */
  fillHistory(past: Past): Promise<number>;
}

export interface ControlParts {
  simulator: Controlled;
  /** Counts, and how the parts are that are not seen elsewhere. */
  status: () => Record<string, unknown>;
}

interface ControlCall {
  /** What the path names, where it names something. */
  name: string;
  body: unknown;
}

interface ControlRoute {
  method: string;
  path: RegExp;
  /** How it is written in the list, with an example body. */
  shown: string;
  answer: (parts: ControlParts, call: ControlCall) => Answer | Promise<Answer>;
}

const STEPS_MAX = 10_000;
const TIMES_MAX = 1000;
const STORY_SECONDS_MAX = 1_000_000;

const agentSchema = z.strictObject({
  queueStatus: z.enum(['LoggedIn', 'LoggedOut']).exactOptional(),
  profile: z.enum(PROFILES).exactOptional(),
});
const officeSchema = z.strictObject({ callsPerMinute: z.number().min(0).max(100_000) });
const stepSchema = z
  .looseObject({ at: z.number().min(0).max(STORY_SECONDS_MAX) })
  .transform(({ at, ...action }) => ({
    at,
    ...actionSchema.parse(action),
  }));
const playSchema = z.strictObject({
  story: z.string().optional(),
  steps: z.array(stepSchema).max(STEPS_MAX).optional(),
  times: z.number().int().min(1).max(TIMES_MAX).default(1),
});

/** Everything that can be asked of a running simulator. */
export const CONTROL_ROUTES: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/$/, shown: 'GET /', answer: () => ok(overview()) },
  { method: 'GET', path: /^\/status$/, shown: 'GET /status', answer: ({ status }) => ok(status()) },
  {
    method: 'GET',
    path: /^\/knobs$/,
    shown: 'GET /knobs',
    answer: ({ simulator }) => ok(simulator.pbx.knobs.current),
  },
  {
    method: 'PATCH',
    path: /^\/knobs$/,
    shown: 'PATCH /knobs {"httpStatus": 503}',
    answer: ({ simulator }, { body }) => ok(simulator.pbx.knobs.turn(body)),
  },
  {
    method: 'DELETE',
    path: /^\/knobs$/,
    shown: 'DELETE /knobs (back to how they stood at the start)',
    answer: ({ simulator }) => ok(simulator.pbx.knobs.reset()),
  },
  {
    method: 'POST',
    path: /^\/break\/([^/]+)$/,
    shown: 'POST /break/cutSockets',
    answer: async ({ simulator }, { name, body }) => {
      if (!isBreakName(name)) return notFound(`There is no break ${name}`);
      await simulator.breakIt(name, body);
      return ok({ done: name });
    },
  },
  {
    method: 'GET',
    path: /^\/stories$/,
    shown: 'GET /stories',
    answer: () => ok(STORIES.map(({ name, title }) => ({ name, title }))),
  },
  {
    method: 'GET',
    path: /^\/stories\/([^/]+)$/,
    shown: 'GET /stories/direct-answered (what a client must see of it)',
    answer: (_, { name }) => {
      const story = findStory(name);
      if (!story) return notFound(`There is no story ${name}`);
      return {
        status: 200,
        text: { type: 'text/plain; charset=utf-8', content: tellingText(story, tell(story)) },
      };
    },
  },
  {
    method: 'POST',
    path: /^\/play$/,
    shown: 'POST /play {"story": "direct-answered", "times": 1}, or {"steps": [{"at": 0, "do": "dial", …}]}',
    answer: ({ simulator }, { body }) => playStory(simulator, playSchema.parse(body)),
  },
  {
    method: 'POST',
    path: /^\/act$/,
    shown: 'POST /act {"do": "dial", "call": "x", "by": "101", "to": "102"}',
    answer: ({ simulator }, { body }) => ok({ done: simulator.pbx.perform(actionSchema.parse(body)) }),
  },
  {
    method: 'GET',
    path: /^\/calls$/,
    shown: 'GET /calls',
    answer: ({ simulator: { pbx } }) => {
      const calls = [...pbx.switchboard.calls.values()];
      return ok(calls.map(call => ({ call: call.key, ...activeCall(call, pbx.clock.now()) })));
    },
  },
  {
    method: 'PATCH',
    path: /^\/office$/,
    shown: 'PATCH /office {"callsPerMinute": 60}',
    answer: ({ simulator }, { body }) => {
      const { callsPerMinute } = officeSchema.parse(body);
      simulator.pbx.openOffice(callsPerMinute);
      return ok({ callsPerMinute });
    },
  },
  {
    method: 'PATCH',
    path: /^\/agents\/([^/]+)$/,
    shown: 'PATCH /agents/101 {"queueStatus": "LoggedOut", "profile": "Away"}',
    answer: ({ simulator }, { name, body }) => {
      const isKnown = simulator.pbx.agents.change(name, agentSchema.parse(body));
      return isKnown ? ok(simulator.pbx.agents.of(name)) : notFound(`Nobody has the number ${name}`);
    },
  },
  {
    method: 'POST',
    path: /^\/history$/,
    shown: 'POST /history {"days": 30, "callsPerDay": 1000}',
    answer: async ({ simulator }, { body }) =>
      ok({ records: await simulator.fillHistory(pastSchema.parse(body)) }),
  },
];

function overview(): unknown {
  return {
    routes: CONTROL_ROUTES.map(route => route.shown),
    breaks: Object.fromEntries(Object.entries(BREAKS).map(([name, { does }]) => [name, does])),
  };
}

function playStory({ pbx }: ControlParts['simulator'], order: z.output<typeof playSchema>): Answer {
  const story: Story | undefined = order.steps
    ? { name: order.story ?? 'custom', title: 'made by a client', steps: order.steps }
    : findStory(order.story ?? '');
  if (!story) return notFound('Name a story of GET /stories, or give steps');
  for (let time = 0; time < order.times; time++) void pbx.play(story);
  return { status: 202, body: { playing: story.name, times: order.times } };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function notFound(message: string): Answer {
  return { status: 404, body: { error: { message, hint: 'GET / and GET /stories list what there is' } } };
}
