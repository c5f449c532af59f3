import { arrival, ringing, type Scene, type Stage, talking } from './scene.ts';

export function direct(stage: Stage): Scene | undefined {
  const dn = stage.cast.anybody(stage.at);
  if (dn === undefined) return undefined;
  const arrived = arrival(stage, dn);
  const answered = arrived.at + ringing(stage.random);
  const ended = answered + talking(stage.random);
  return {
    busy: [dn],
    steps: [
      ...arrived.steps,
      { at: answered, do: 'answer', call: 'A', dn },
      { at: ended, do: 'hangUp', call: 'A', by: stage.random.chance(0.6) ? 'caller' : dn },
    ],
  };
}

export function missed(stage: Stage): Scene | undefined {
  const dn = stage.cast.anybody(stage.at);
  if (dn === undefined) return undefined;
  const arrived = arrival(stage, dn);
  const gaveUp = arrived.at + stage.random.between(5, 30);
  return {
    busy: [dn],
    steps: [...arrived.steps, { at: gaveUp, do: 'hangUp', call: 'A', by: 'caller' }],
  };
}

export function voicemail(stage: Stage): Scene | undefined {
  const dn = stage.cast.anybody(stage.at);
  if (dn === undefined) return undefined;
  const arrived = arrival(stage, dn);
  const gaveUp = arrived.at + 20;
  return {
    busy: [dn],
    steps: [
      ...arrived.steps,
      { at: gaveUp, do: 'giveUp', call: 'A', dn, because: 'no_answer' },
      { at: gaveUp + 0.1, do: 'route', call: 'A', to: '999' },
      { at: gaveUp + 0.1 + stage.random.between(4, 50), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}

/** Nobody is free: the caller hears so and leaves a message. */
export function allBusy(stage: Stage): Scene {
  const arrived = arrival(stage, '999');
  return {
    busy: [],
    steps: [
      ...arrived.steps,
      { at: arrived.at + stage.random.between(3, 40), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}

export function blindTransfer(stage: Stage): Scene | undefined {
  const { cast, random, at } = stage;
  const first = cast.anybody(at);
  const second = first && cast.anybody(at, [first]);
  if (first === undefined || second === undefined) return undefined;
  const arrived = arrival(stage, first);
  const answered = arrived.at + ringing(random);
  const handedOver = answered + random.between(10, 60);
  const taken = handedOver + ringing(random);
  return {
    busy: [first, second],
    steps: [
      ...arrived.steps,
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
  const arrived = arrival(stage, first);
  const answered = arrived.at + ringing(random);
  const asks = answered + random.between(10, 60);
  const agreed = asks + ringing(random);
  const joined = agreed + random.between(3, 20);
  return {
    busy: [first, second],
    steps: [
      ...arrived.steps,
      { at: answered, do: 'answer', call: 'A', dn: first },
      { at: asks, do: 'dial', call: 'B', by: first, to: second },
      { at: agreed, do: 'answer', call: 'B', dn: second },
      { at: joined, do: 'join', call: 'A', with: 'B', by: first },
      { at: joined + talking(random), do: 'hangUp', call: 'A', by: 'caller' },
    ],
  };
}
