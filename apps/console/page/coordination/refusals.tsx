import { useState } from 'preact/hooks';
import { basisPoints, number, words } from '../format.js';
import { type Column, Table } from '../parts/table.js';
import type { RejectedSignal } from '../types.js';

interface Row {
  readonly key: string;
  readonly signal: RejectedSignal;
}

/** Signals that were not followed: why, and what would have to change. */
export function Refusals({ signals }: { readonly signals: readonly RejectedSignal[] }) {
  const [rows] = useState<readonly Row[]>(() => signals.map((signal, index) => ({ key: String(index), signal })));
  const [chosen, setChosen] = useState('0');
  const [columns] = useState<readonly Column<Row>[]>(() => [
    {
      name: 'Signal',
      width: 1.3,
      by: ({ signal }) => signal.signal_id,
      cell: ({ key, signal }) => (
        <button type="button" class="link" onClick={() => setChosen(key)}>
          {signal.signal_id}
        </button>
      ),
    },
    { name: 'Source', by: ({ signal }) => signal.source, cell: ({ signal }) => signal.source },
    { name: 'Instrument', by: ({ signal }) => signal.instrument_id, cell: ({ signal }) => signal.instrument_id },
    { name: 'Why', width: 2, by: ({ signal }) => signal.reason_code, cell: ({ signal }) => words(signal.reason_code) },
  ]);
  if (rows.length === 0) return null;
  const signal = rows[Number(chosen)]?.signal;
  return (
    <>
      <h2>
        Refused signals <small>{number(rows.length)}</small>
      </h2>
      <div class="split">
        <Table label="Refused signals" columns={columns} rows={rows} keyOf={({ key }) => key} selected={chosen} />
        {signal !== undefined && <Refusal signal={signal} />}
      </div>
    </>
  );
}

function Refusal({ signal }: { readonly signal: RejectedSignal }) {
  const { shortfall, counterfactual } = signal;
  const limits = Object.entries(shortfall?.limits ?? {});
  return (
    <article class="detail" aria-label={`Refused: ${signal.signal_id}`}>
      <h3>
        {signal.instrument_id}: {words(signal.reason_code)}
      </h3>
      <p>{signal.reason}</p>
      {counterfactual !== undefined && (
        <p class="counterfactual">
          With <code>{counterfactual.parameter}</code> at {number(counterfactual.value, 4)} it would be{' '}
          {counterfactual.would.action} {number(counterfactual.would.quantity)}.
        </p>
      )}
      {shortfall !== undefined && (
        <dl class="fields">
          {shortfall.alpha_bps !== undefined && (
            <div>
              <dt>expected to earn</dt>
              <dd>{basisPoints(shortfall.alpha_bps)}</dd>
            </div>
          )}
          <div>
            <dt>risk takes</dt>
            <dd>{basisPoints(shortfall.marginal_risk_bps)}</dd>
          </div>
          {limits.map(([name, bps]) => (
            <div key={name}>
              <dt>limit {name} takes</dt>
              <dd>{basisPoints(bps)}</dd>
            </div>
          ))}
          <div>
            <dt>costs take</dt>
            <dd>{basisPoints(shortfall.cost_bps)}</dd>
          </div>
          {shortfall.break_even_bps !== undefined && (
            <div>
              <dt>needed to be traded</dt>
              <dd>{basisPoints(shortfall.break_even_bps)}</dd>
            </div>
          )}
        </dl>
      )}
    </article>
  );
}
