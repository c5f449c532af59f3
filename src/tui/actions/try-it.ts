import type { Action } from '../dashboard.ts';
import { Pages } from '../layers/pages.ts';
import { copied } from '../terminal/clipboard.ts';

/** What a demo offers to copy and try in another terminal; nothing where there is none. */
export function tryActions(toTry: string | undefined): Action[] {
  if (toTry === undefined) return [];
  return [
    {
      name: 'try it',
      key: 'i',
      label: 'try it',
      why: 'Lines to copy and try in another terminal',
      run: dashboard =>
        dashboard.open(
          new Pages({
            name: 'try it',
            // Wrapped anywhere: between words a space would be lost when it is copied by hand.
            lines: width =>
              toTry
                .split('\n')
                .flatMap(line =>
                  (line.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']).map(piece => [piece]),
                ),
            hints: [['y', 'copy all']],
            keys: {
              y: ({ terminal }) => {
                terminal.write(copied(toTry));
              },
            },
          }),
        ),
    },
  ];
}
