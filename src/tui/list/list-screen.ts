import { withoutNumbers } from '../../shared/telling/without-numbers.ts';
import type { Press } from '../actions/press.ts';
import type { Action, Dashboard, Screen, ScreenFilter } from '../dashboard.ts';
import { Pages } from '../layers/pages.ts';
import { columnsFor, headLine, rowLine } from '../text/columns.ts';
import { type Filter, filterOf } from '../text/filter.ts';
import { type Area, chosen, filled, type Line } from '../text/line.ts';
import type { ListSpec, RowAction } from './list-spec.ts';
import { Place } from './place.ts';

/** With less than this there is no room for a table and details below it. */
const DETAILS_FROM_LINES = 22;
const DETAILS_SHARE = 0.4;
/** Where all of a short table fits into the rest. */
const DETAILS_SHARE_MAX = 0.6;
const MARK_WIDTH = 2;
const PAGE_OVERLAP = 1;

/** A table that can be gone through, filtered, frozen and looked into. */
export class ListScreen<Row> implements Screen {
  readonly title: string;
  readonly key: string;
  readonly actions: readonly Action[];
  readonly filter: ScreenFilter;
  readonly #spec: ListSpec<Row>;
  readonly #place: Place;
  #filter: { text: string; made: Filter<Row> };
  /** As they were drawn last: what is below the operator's eyes is what keys mean. */
  #shown: readonly Row[] = [];
  #height = 1;
  /** That of the dashboard, which stands still when the screen does. */
  #now: () => number = Date.now;
  #tableFrom = 0;

  constructor(spec: ListSpec<Row>) {
    this.#spec = spec;
    this.title = spec.title;
    this.key = spec.key;
    if (spec.wants !== undefined) this.wants = spec.wants;
    this.#place = new Place({ isTail: spec.isTail === true });
    this.#filter = { text: '', made: filterOf('', spec.fields, () => this.#now()) };
    this.actions = [...spec.actions.map(action => this.#asAction(action)), this.#detailsAction()];
    this.filter = this.#screenFilter();
  }

  readonly wants?: NonNullable<Screen['wants']>;

  opened(dashboard: Dashboard): void {
    this.#spec.opened?.(dashboard);
  }

  /** Which row the operator stands on. */
  get row(): Row | undefined {
    return this.#shown[this.#place.index];
  }

  lines({ width, height }: Area, dashboard: Dashboard): readonly Line[] {
    const { idOf } = this.#spec;
    this.#now = () => dashboard.now;
    const head = this.#spec.head?.(dashboard) ?? [];
    this.#shown = this.#rows(dashboard);
    const room = height - head.length - 1;
    const hasDetails = height >= DETAILS_FROM_LINES && this.#shown.length > 0;
    const isShort = this.#shown.length <= room - Math.floor(height * DETAILS_SHARE_MAX);
    const below = hasDetails ? Math.floor(height * (isShort ? DETAILS_SHARE_MAX : DETAILS_SHARE)) : 0;
    this.#height = Math.max(1, room - below);
    this.#tableFrom = head.length + 1;
    this.#place.settle(this.#shown.map(idOf), this.#height);
    const { row } = this;
    if (row !== undefined && hasDetails) this.#spec.stoodOn?.(row, dashboard);
    const table = filled(this.#table(width, dashboard), this.#height + 1);
    const details = row === undefined || below === 0 ? [] : this.#details(row, { width, below, dashboard });
    return [...head, ...table, ...details];
  }

  press({ key }: Press, dashboard: Dashboard): boolean {
    const page = Math.max(1, this.#height - PAGE_OVERLAP);
    const steps: Record<string, number> = {
      ...{ up: -1, k: -1, down: 1, j: 1, pageup: -page, pagedown: page, 'ctrl-b': -page, 'ctrl-f': page },
      ...{ home: Number.NEGATIVE_INFINITY, g: Number.NEGATIVE_INFINITY },
      ...{ end: Number.POSITIVE_INFINITY, G: Number.POSITIVE_INFINITY },
    };
    const step = steps[key];
    if (step === undefined) return false;
    this.#place.move(step);
    dashboard.publisher.now();
    return true;
  }

  clicked(line: number, dashboard: Dashboard): void {
    const row = line - this.#tableFrom;
    if (row >= 0 && row < this.#height) this.#place.goTo(this.#place.top + row);
    dashboard.publisher.now();
  }

  chosenText(dashboard: Dashboard, form: 'row' | 'json'): string | null {
    const { row } = this;
    if (row === undefined) return null;
    if (form === 'json') return JSON.stringify(this.#masked(row, dashboard), null, 2);
    const columns = this.#spec.columns(dashboard);
    return columns
      .map(({ cell }) => cell(this.#masked(row, dashboard)))
      .map(span => (typeof span === 'string' ? span : span[1]))
      .join('\t');
  }

  shownRows(): readonly Row[] {
    return this.#shown;
  }

  toNext(isWanted: (row: unknown) => boolean, dashboard: Dashboard): boolean {
    const rows = this.#shown.map((row, index) => ({ row, index }));
    const { index: here } = this.#place;
    const inTurn = [...rows.slice(here + 1), ...rows.slice(0, here)];
    const next = inTurn.find(({ row }) => isWanted(row));
    if (next !== undefined) this.#place.goTo(next.index);
    dashboard.publisher.now();
    return next !== undefined;
  }

  #rows(dashboard: Dashboard): readonly Row[] {
    const all = this.#spec.rows(dashboard.data);
    return this.#filter.text === '' ? all : all.filter(this.#filter.made.fits);
  }

  #table(width: number, dashboard: Dashboard): Line[] {
    if (this.#shown.length === 0) return this.#emptyLines(dashboard);
    const columns = columnsFor(this.#spec.columns(dashboard), width - MARK_WIDTH);
    const { top, index } = this.#place;
    const rows = this.#shown.slice(top, top + this.#height).map((row, at) => {
      const line = rowLine(columns, this.#masked(row, dashboard));
      if (top + at !== index) return ['  ', ...line];
      return chosen([`${dashboard.look.glyphs.here} `, ...line], width);
    });
    return [['  ', ...headLine(columns)], ...rows];
  }

  #emptyLines(dashboard: Dashboard): Line[] {
    if (!dashboard.link.hasHeard) return [[], [['dim', '  Waiting for the daemon.']]];
    const all = this.#spec.rows(dashboard.data).length;
    if (all > 0) {
      return [
        [],
        [`  None of ${all} fits the filter `, ['accent', this.#filter.text], '.'],
        [['dim', '  Press / to change it, Esc to take it off.']],
      ];
    }
    const [what, next] = this.#spec.empty(dashboard);
    return [[], [`  ${what}`], [['dim', `  ${next}`]]];
  }

  #details(
    row: Row,
    { width, below, dashboard }: { width: number; below: number; dashboard: Dashboard },
  ): Line[] {
    const lines = this.#spec.details(this.#masked(row, dashboard), { dashboard, width });
    const rule: Line = [['dim', dashboard.look.glyphs.rule.repeat(width)]];
    const isCut = lines.length > below - 1;
    const shown = isCut ? lines.slice(0, below - 2) : lines;
    return [rule, ...shown, ...(isCut ? [[['dim', 'Enter shows all of it'] as const]] : [])];
  }

  #masked(row: Row, { showsNumbers }: Dashboard): Row {
    if (!this.#spec.hasNumbers || showsNumbers) return row;
    return this.#spec.withoutNumbers?.(row) ?? withoutNumbers(row);
  }

  #asAction(action: RowAction<Row> | Action): Action {
    return 'run' in action ? action : actionOn(action, () => this.row);
  }

  /** What is done from the details is done to what they show, whatever one stands on in the list meanwhile. */
  #rowActions(row: () => Row): Action[] {
    return this.#spec.actions.flatMap(action => ('run' in action ? [] : [actionOn(action, row)]));
  }

  #detailsAction(): Action {
    return {
      name: 'details',
      key: 'enter',
      label: 'details',
      why: 'Show all that is known of the chosen line',
      isPossible: () => this.row !== undefined,
      run: dashboard => {
        const { row } = this;
        if (row === undefined) return;
        this.#spec.stoodOn?.(row, dashboard);
        const id = this.#spec.idOf(row);
        // What has gone meanwhile is shown as it was last.
        let known = row;
        const newest = (): Row => {
          known = this.#spec.rows(dashboard.data).find(one => this.#spec.idOf(one) === id) ?? known;
          return known;
        };
        dashboard.open(
          new Pages({
            name: this.#spec.nameOf?.(row) ?? id,
            actions: this.#rowActions(newest),
            lines: width => this.#spec.details(this.#masked(newest(), dashboard), { dashboard, width }),
          }),
        );
      },
    };
  }

  #screenFilter(): ScreenFilter {
    const screen = this;
    const { fields } = this.#spec;
    return {
      words: [...Object.keys(fields.words), ...(fields.time ? ['since'] : [])],
      get text() {
        return screen.#filter.text;
      },
      set text(text: string) {
        screen.#filter = { text, made: filterOf(text, fields, () => screen.#now()) };
      },
      count: dashboard => ({
        left: screen.#rows(dashboard).length,
        all: screen.#spec.rows(dashboard.data).length,
        fault: screen.#filter.made.fault,
      }),
    };
  }

  /** `12-41/310`, and before it what is left out, for the foot of the screen. */
  position(dashboard: Dashboard): string {
    const all = this.#shown.length;
    const { text } = this.#filter;
    const left = text === '' ? '' : `${text} ${all} of ${this.#spec.rows(dashboard.data).length}`;
    if (all === 0) return left;
    const { top } = this.#place;
    const place = `${top + 1}-${Math.min(all, top + this.#height)}/${all}`;
    return [left, place].filter(Boolean).join('  ');
  }
}

function actionOn<Row>({ onRow, isFor, ...rest }: RowAction<Row>, rowOf: () => Row | undefined): Action {
  return {
    ...rest,
    isPossible: () => {
      const row = rowOf();
      return row !== undefined && (isFor?.(row) ?? true);
    },
    run: dashboard => {
      const row = rowOf();
      if (row !== undefined) onRow(row, dashboard);
    },
  };
}
