import { EXIT } from '../../shared/exit-codes.ts';
import { type Answer, fieldsAnswer, sentenceAnswer } from './answer.ts';

/** Begins what a dry run says. */
export const NOT_DONE = 'Nothing was changed. Without --dry-run';

/** What a dry run found. `data` is what would be there then. */
export interface Plan {
  says: string;
  wouldChange: boolean;
  data: Record<string, unknown>;
  fields?: Record<string, string>;
}

/** Says that nothing was done; exit code 8 when something would be. */
export function planned(schema: string, { says, wouldChange, data: found, fields = {} }: Plan): Answer {
  const data = { dryRun: true, wouldChange, ...found };
  const exit = wouldChange ? { exit: EXIT.found } : {};
  const said = sentenceAnswer({ schema, data, says, ...exit });
  if (Object.keys(fields).length === 0) return said;
  const listed = fieldsAnswer({ schema, data, fields, ...exit });
  return { ...listed, text: style => said.text(style) + listed.text(style) };
}
