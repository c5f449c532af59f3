import type { GivenOf } from '../../command.ts';
import type { dashboardCommand } from '../../commands/running.ts';
import type { Answer } from '../../output/answer.ts';
import { hasScreen, openOn } from './open.ts';

type Given = GivenOf<typeof dashboardCommand>;

/** On a terminal the screen, everywhere else the same in lines. */
export async function dashboard(given: Given): Promise<Answer | null> {
  if (!isScreenWanted(given)) return (await import('./in-lines.ts')).inLines(given);
  await openOn(given, { isReadonly: given.readonly, ascii: given.ascii });
  return null;
}

function isScreenWanted({ json, plain, follow }: Given): boolean {
  const isForReaders = process.env['INK_SCREEN_READER'] === 'true';
  return hasScreen() && !json && !plain && !follow && !isForReaders;
}
