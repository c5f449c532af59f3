import type { Extra } from '../../shared/control-api/upkeep-schemas.ts';
import type { Action, Dashboard } from '../dashboard.ts';
import type { Data } from '../store/board.ts';
import type { Column } from '../text/columns.ts';
import type { Fields } from '../text/filter.ts';
import type { Line } from '../text/line.ts';

/** A screen that is a table, as data. */
export interface ListSpec<Row> {
  title: string;
  key: string;
  wants?: Extra;
  /** The newest are at the end, and followed until the operator goes elsewhere. */
  isTail?: true;
  rows(data: Data): readonly Row[];
  idOf(row: Row): string;
  /** How people call it; its id when not told. */
  nameOf?(row: Row): string;
  columns(dashboard: Dashboard): readonly Column<Row>[];
  fields: Fields<Row>;
  /** With phone numbers that are shown only when asked for. */
  hasNumbers?: true;
  withoutNumbers?(row: Row): Row;
  /** Above the table. */
  head?(dashboard: Dashboard): readonly Line[];
  /** What it means that there is nothing, and what to do. */
  empty(dashboard: Dashboard): readonly [what: string, next: string];
  details(row: Row, about: Details): readonly Line[];
  /** The screen was opened: what more may be asked for. */
  opened?(dashboard: Dashboard): void;
  /** The details of this row are about to be drawn: what more may be asked for. */
  stoodOn?(row: Row, dashboard: Dashboard): void;
  actions: readonly (RowAction<Row> | Action)[];
}

export interface Details {
  dashboard: Dashboard;
  width: number;
}

/** What can be done with the row the operator stands on. */
export interface RowAction<Row> extends Omit<Action, 'run' | 'isPossible'> {
  onRow(row: Row, dashboard: Dashboard): void;
  isFor?(row: Row): boolean;
}
