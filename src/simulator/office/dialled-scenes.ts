import { drawReachable } from './customers.ts';
import { ringing, type Scene, type Stage, talking } from './scene.ts';

export function outbound(stage: Stage): Scene | undefined {
  const by = stage.cast.anybody(stage.at);
  if (by === undefined) return undefined;
  const answered = 2 + ringing(stage.random);
  return {
    busy: [by],
    steps: [
      { at: 0, do: 'dial', call: 'A', by, to: drawReachable(stage.random) },
      { at: answered, do: 'answer', call: 'A' },
      {
        at: answered + talking(stage.random),
        do: 'hangUp',
        call: 'A',
        by: stage.random.chance(0.5) ? by : 'callee',
      },
    ],
  };
}

export function outboundUnanswered(stage: Stage): Scene | undefined {
  const by = stage.cast.anybody(stage.at);
  if (by === undefined) return undefined;
  const to = drawReachable(stage.random);
  const gaveUp = stage.random.between(8, 40);
  return {
    busy: [by],
    steps: [
      { at: 0, do: 'dial', call: 'A', by, to },
      { at: gaveUp, do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}

export function internal(stage: Stage): Scene | undefined {
  const by = stage.cast.anybody(stage.at);
  const to = by && stage.cast.anybody(stage.at, [by]);
  if (by === undefined || to === undefined) return undefined;
  const answered = ringing(stage.random);
  return {
    busy: [by, to],
    steps: [
      { at: 0, do: 'dial', call: 'A', by, to },
      { at: answered, do: 'answer', call: 'A', dn: to },
      {
        at: answered + talking(stage.random) / 2,
        do: 'hangUp',
        call: 'A',
        by: stage.random.chance(0.5) ? by : to,
      },
    ],
  };
}
