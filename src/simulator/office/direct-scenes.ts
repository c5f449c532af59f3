import { arrival, ringing, type Scene, type Stage, talking } from './scene.ts';

export function direct(stage: Stage): Scene | undefined {
  const dn = stage.cast.anybody(stage.at);
  if (dn === undefined) return undefined;
  const answered = 0.2 + ringing(stage.random);
  const ended = answered + talking(stage.random);
  return {
    busy: [dn],
    steps: [
      ...arrival(stage, dn),
      { at: answered, do: 'answer', call: 'A', dn },
      { at: ended, do: 'hangUp', call: 'A', by: stage.random.chance(0.6) ? 'caller' : dn },
    ],
  };
}

export function missed(stage: Stage): Scene | undefined {
  const dn = stage.cast.anybody(stage.at);
  if (dn === undefined) return undefined;
  const gaveUp = stage.random.between(5, 30);
  return {
    busy: [dn],
    steps: [...arrival(stage, dn), { at: gaveUp, do: 'hangUp', call: 'A', by: 'caller' }],
  };
}

export function voicemail(stage: Stage): Scene | undefined {
  const dn = stage.cast.anybody(stage.at);
  if (dn === undefined) return undefined;
  return {
    busy: [dn],
    steps: [
      ...arrival(stage, dn),
      { at: 20.2, do: 'giveUp', call: 'A', dn, because: 'no_answer' },
      { at: 20.3, do: 'route', call: 'A', to: '999' },
      { at: 20.3 + stage.random.between(4, 50), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}

/** Nobody is free: the caller hears so and leaves a message. */
export function allBusy(stage: Stage): Scene {
  return {
    busy: [],
    steps: [
      ...arrival(stage, '999'),
      { at: stage.random.between(3, 40), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}

export function blindTransfer(stage: Stage): Scene | undefined {
  const { cast, random, at } = stage;
  const first = cast.anybody(at);
  const second = first && cast.anybody(at, [first]);
  if (first === undefined || second === undefined) return undefined;
  const answered = 0.2 + ringing(random);
  const handedOver = answered + random.between(10, 60);
  const taken = handedOver + ringing(random);
  return {
    busy: [first, second],
    steps: [
      ...arrival(stage, first),
      { at: answered, do: 'answer', call: 'A', dn: first },
      { at: handedOver, do: 'transfer', call: 'A', by: first, to: second },
      { at: taken, do: 'answer', call: 'A', dn: second },
      { at: taken + talking(random), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}

export function attendedTransfer(stage: Stage): Scene | undefined {
  const { cast, random, at } = stage;
  const first = cast.anybody(at);
  const second = first && cast.anybody(at, [first]);
  if (first === undefined || second === undefined) return undefined;
  const answered = 0.2 + ringing(random);
  const asks = answered + random.between(10, 60);
  const agreed = asks + ringing(random);
  const joined = agreed + random.between(3, 20);
  return {
    busy: [first, second],
    steps: [
      ...arrival(stage, first),
      { at: answered, do: 'answer', call: 'A', dn: first },
      { at: asks, do: 'dial', call: 'B', by: first, to: second },
      { at: agreed, do: 'answer', call: 'B', dn: second },
      { at: joined, do: 'join', call: 'A', with: 'B', by: first },
      { at: joined + talking(random), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}
