export interface Statement {
  text: string;
  values: unknown[];
}

/** All columns as the server writes them: text or null. */
export type TextRow = (string | null)[];
