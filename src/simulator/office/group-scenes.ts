import type { Group } from '../exchange/directory.ts';
import type { Step } from '../stories/story.ts';
import { arrival, ringing, type Scene, type Stage, talking } from './scene.ts';

export function queueAnswered(stage: Stage): Scene | undefined {
  return groupAnswered(
    stage,
    stage.random.pick(stage.cast.directory.groups.filter(group => group.kind === 'queue')),
  );
}

export function ringGroup(stage: Stage): Scene | undefined {
  return groupAnswered(
    stage,
    stage.cast.directory.groups.find(group => group.kind === 'ringGroup'),
  );
}

export function queueAbandoned(stage: Stage): Scene | undefined {
  const { random, cast } = stage;
  const group = random.pick(cast.directory.groups.filter(one => one.kind === 'queue'));
  if (!group) return undefined;
  const dns = cast.freeMembers(group, stage.at).slice(0, 2);
  const arrived = arrival(stage, group.number);
  const polls: Step[] = dns.length > 0 ? [{ at: arrived.at + 1.8, do: 'poll', call: 'A', dns }] : [];
  const gaveUp = arrived.at + random.between(4, 60);
  return {
    busy: dns,
    steps: [...arrived.steps, ...polls, { at: gaveUp, do: 'hangUp', call: 'A', by: 'caller' }],
  };
}

function groupAnswered(stage: Stage, group: Group | undefined): Scene | undefined {
  const { random, cast } = stage;
  const [first, ...others] = group ? cast.freeMembers(group, stage.at) : [];
  if (!group || first === undefined) return undefined;
  const firstWave = [first, ...others].slice(0, 3);
  const secondWave = others.slice(2, 4);
  const arrived = arrival(stage, group.number);
  let ringsFrom = arrived.at + 1.3;
  const steps: Step[] = [...arrived.steps, { at: ringsFrom, do: 'poll', call: 'A', dns: firstWave }];
  let rung = firstWave;
  if (secondWave.length > 0 && random.chance(0.3)) {
    const gaveUp = ringsFrom + 15;
    for (const dn of firstWave) steps.push({ at: gaveUp, do: 'giveUp', call: 'A', dn, because: 'no_answer' });
    ringsFrom = gaveUp + 0.5;
    steps.push({ at: ringsFrom, do: 'poll', call: 'A', dns: secondWave });
    rung = secondWave;
  }
  const winner = random.pick(rung) ?? first;
  const answered = ringsFrom + ringing(random);
  steps.push({ at: answered, do: 'answer', call: 'A', dn: winner });
  const by = random.chance(0.6) ? 'caller' : winner;
  steps.push({ at: answered + talking(random), do: 'hangUp', call: 'A', by });
  return { busy: [...firstWave, ...secondWave], steps };
}
