import { internal, outbound, outboundUnanswered } from './dialled-scenes.ts';
import { allBusy, attendedTransfer, blindTransfer, direct, missed, voicemail } from './direct-scenes.ts';
import { queueAbandoned, queueAnswered, ringGroup } from './group-scenes.ts';
import type { Scene, Stage } from './scene.ts';

type MakeScene = (stage: Stage) => Scene | undefined;

/** What an office's calls are like, by weight. A scene that finds nobody free gives way to the busy one. */
const SCENES: { weight: number; name: string; make: MakeScene }[] = [
  { weight: 22, name: 'direct', make: direct },
  { weight: 4, name: 'missed', make: missed },
  { weight: 4, name: 'voicemail', make: voicemail },
  { weight: 24, name: 'queue', make: queueAnswered },
  { weight: 4, name: 'abandoned', make: queueAbandoned },
  { weight: 6, name: 'group', make: ringGroup },
  { weight: 18, name: 'outbound', make: outbound },
  { weight: 3, name: 'outbound-unanswered', make: outboundUnanswered },
  { weight: 9, name: 'internal', make: internal },
  { weight: 4, name: 'transfer', make: blindTransfer },
  { weight: 2, name: 'attended', make: attendedTransfer },
];
const TOTAL_WEIGHT = SCENES.reduce((sum, scene) => sum + scene.weight, 0);

export function drawScene(stage: Stage): { name: string; scene: Scene } {
  let mark = stage.random.between(0, TOTAL_WEIGHT);
  const drawn = SCENES.find(candidate => {
    mark -= candidate.weight;
    return mark < 0;
  });
  const scene = drawn?.make(stage);
  return drawn && scene ? { name: drawn.name, scene } : { name: 'all-busy', scene: allBusy(stage) };
}
