import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** what it is sorted by; none: not sortable */
  readonly by?: (row: Row) => string | number;
  readonly numeric?: boolean;
  /** share of the width */
  readonly width?: number;
}

interface TableProps<Row> {
  /** said of it to those who cannot see it */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly selected?: string | null;
}

const ROW_PX = 40;
const HEIGHT_ROWS = 14;
const OVERSCAN = 6;
/** what a column of width 1 needs to be read; where there is less room the table scrolls sideways */
const COLUMN_PX = 108;

/**
 * A table of any length: only the rows in sight are in the document, all of one height. Sorted by its headings; scrolled by
 * keyboard when it has the focus.
 */
export function Table<Row>({ label, columns, rows, keyOf, selected }: TableProps<Row>) {
  const [order, setOrder] = useState<{ readonly column: number; readonly down: boolean } | null>(null);
  const [top, setTop] = useState(0);
  const place = useRef<HTMLDivElement>(null);
  const sorted = useMemo(() => {
    const by = order === null ? undefined : columns[order.column]?.by;
    if (by === undefined) return rows;
    const sign = order?.down ? -1 : 1;
    const keyed = rows.map((row) => [by(row), row] as const);
    keyed.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
    return keyed.map(([, row]) => row);
  }, [rows, order, columns]);
  useLayoutEffect(() => {
    if (place.current !== null) place.current.scrollTop = 0;
  }, [order]);

  const first = Math.max(0, Math.floor(top / ROW_PX) - OVERSCAN);
  const shown = sorted.slice(first, first + HEIGHT_ROWS + 2 * OVERSCAN);
  const grid = { gridTemplateColumns: columns.map(({ width }) => `minmax(0, ${width ?? 1}fr)`).join(' ') };
  const minWidth = `${columns.reduce((sum, { width }) => sum + (width ?? 1), 0) * COLUMN_PX}px`;
  const sort = (column: number): void => setOrder({ column, down: order?.column === column ? !order.down : false });
  return (
    <div
      class="table-scroll"
      tabIndex={0}
      role="region"
      aria-label={`${label}, scrolls`}
      ref={place}
      style={{ maxHeight: `${HEIGHT_ROWS * ROW_PX}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <div class="table" role="table" aria-label={label} aria-rowcount={rows.length + 1} style={{ minWidth }}>
        <div role="rowgroup" class="heading">
          <div class="row head" role="row" aria-rowindex={1} style={grid}>
            {columns.map(({ name, by, numeric }, index) => (
              <div
                key={name}
                role="columnheader"
                class={numeric ? 'num' : ''}
                aria-sort={order?.column === index ? (order.down ? 'descending' : 'ascending') : undefined}
              >
                {by === undefined ? (
                  name
                ) : (
                  <button type="button" onClick={() => sort(index)}>
                    {name}
                    <span aria-hidden="true">{order?.column === index ? (order.down ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                )}
              </div>
            ))}
          </div>
        </div>
        <div class="body" role="rowgroup">
          <div role="none" class="rows" style={{ height: `${sorted.length * ROW_PX}px` }}>
            {shown.map((row, index) => (
              <div
                key={keyOf(row)}
                class={`row${selected === keyOf(row) ? ' selected' : ''}`}
                role="row"
                aria-rowindex={first + index + 2}
                style={{ ...grid, position: 'absolute', top: `${(first + index) * ROW_PX}px`, height: `${ROW_PX}px` }}
              >
                {columns.map(({ name, cell, numeric }) => (
                  <div key={name} role="cell" class={numeric ? 'num' : ''}>
                    {cell(row)}
                  </div>
                ))}
              </div>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}
