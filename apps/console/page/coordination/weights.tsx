import { change, number, percent } from '../format.js';
import { Bar } from '../parts/bar.js';
import { Failure, Loading } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { useApi } from '../use-api.js';
import { useMemo, useState } from 'preact/hooks';

interface ProblemWeights {
  readonly instruments: readonly string[];
  readonly initial: readonly number[];
  readonly whole_lots: { readonly w: readonly number[] };
}

interface Row {
  readonly instrument: string;
  readonly before: number;
  readonly after: number;
}

const columnsUpTo = (max: number): readonly Column<Row>[] => [
  { name: 'Instrument', by: (row) => row.instrument, cell: (row) => row.instrument },
  { name: 'Before', numeric: true, by: (row) => row.before, cell: (row) => percent(row.before) },
  { name: 'After', numeric: true, by: (row) => row.after, cell: (row) => percent(row.after) },
  { name: 'Change', numeric: true, by: (row) => row.after - row.before, cell: (row) => change(row.after - row.before) },
  { name: 'Weight (mark: before)', width: 2, cell: (row) => <Bar value={row.after} before={row.before} max={max} /> },
];

/** The weight of every instrument on either side of the trades. They are of the problem, which the engine solves again. */
export function Weights({ id }: { readonly id: string }) {
  const [wanted, setWanted] = useState(false);
  const { value, error, again } = useApi<ProblemWeights>(
    wanted ? `/coordination/${encodeURIComponent(id)}/problem` : null,
  );
  const rows = useMemo(() => rowsOf(value), [value]);
  const columns = useMemo(
    () =>
      columnsUpTo(rows.reduce((most, { before, after }) => Math.max(most, Math.abs(before), Math.abs(after)), 1e-9)),
    [rows],
  );
  return (
    <section>
      <h2>Weights before and after {rows.length > 0 && <small>{number(rows.length)}</small>}</h2>
      {!wanted && (
        <button type="button" onClick={() => setWanted(true)}>
          Show the weights
        </button>
      )}
      {wanted && value === null && error === null && <Loading what="the weights" />}
      {error !== null && <Failure error={error} again={again} />}
      {value !== null && (
        <Table label="Weights before and after" columns={columns} rows={rows} keyOf={(row) => row.instrument} />
      )}
    </section>
  );
}

/** Those that are held on either side, the greatest first. */
function rowsOf(problem: ProblemWeights | null): readonly Row[] {
  if (problem === null) return [];
  return problem.instruments
    .map((instrument, i) => ({ instrument, before: problem.initial[i] ?? 0, after: problem.whole_lots.w[i] ?? 0 }))
    .filter(({ before, after }) => before !== 0 || after !== 0)
    .sort((a, b) => Math.abs(b.after) - Math.abs(a.after));
}
