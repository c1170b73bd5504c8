/** What the thread of the embedded TimescaleDB is told: one at a time, in the order of arrival. */
export type TimescaleRequest =
  | {
      readonly id: number;
      readonly sql: string;
      /** as text; where there are none, `sql` may hold several statements */
      readonly parameters: readonly (string | null)[];
    }
  | 'CLOSE';

/** What it says: LOADED, then OPEN or DAMAGED, then one answer to each request. */
export type TimescaleMessage =
  | { readonly kind: 'LOADED' }
  | { readonly kind: 'OPEN' }
  | { readonly kind: 'DAMAGED'; readonly reason: string }
  | { readonly kind: 'ROWS'; readonly id: number; readonly result: TextRows }
  | { readonly kind: 'FAILED'; readonly id: number; readonly failure: StatementFailure };

/** Values stay text until they are across: that is quicker than passing objects, and bytes arrive as a Buffer. */
export interface TextRows {
  readonly columns: readonly { readonly name: string; readonly typeOid: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface StatementFailure {
  readonly message: string;
  /** SQLSTATE, where the database said it */
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  /** where in the SQL text, from 1 */
  readonly position?: string;
}
