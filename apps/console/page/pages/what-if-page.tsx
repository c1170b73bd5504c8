import { useEffect, useState } from 'preact/hooks';
import { ApiError, call } from '../api.js';
import { basisPoints, number, percent } from '../format.js';
import { Failure, Loading, Tag } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { hashOf } from '../address.js';
import type { CoordinationResponse } from '../types.js';
import { useApi } from '../use-api.js';
import { PARAMETERS, parameterOf, requestOf, withParameter } from '../what-if.js';
import { Outcome } from './coordination-page.js';

interface Stream {
  readonly events: readonly { readonly type: string; readonly data: unknown }[];
}

/** The same request with something changed: computed, not stored. */
export function WhatIfPage({ id }: { readonly id: string | null }) {
  const recorded = useApi<Stream>(id === null ? null : `/audit/streams/${encodeURIComponent(`coordination-${id}`)}`);
  const before = useApi<CoordinationResponse>(id === null ? null : `/coordination/${encodeURIComponent(id)}`);
  const [text, setText] = useState('');
  const [name, setName] = useState('max_turnover');
  const [value, setValue] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [answer, setAnswer] = useState<CoordinationResponse | null>(null);
  const [turn, setTurn] = useState(0);

  useEffect(() => {
    const requested = recorded.value?.events.find(({ type }) => type === 'coordination_requested');
    const request = requestOf(requested?.data);
    if (request !== null) setText(JSON.stringify(request, null, 2));
  }, [recorded.value]);

  const ask = async (): Promise<void> => {
    setProblem(null);
    setBusy(true);
    try {
      const body = withParameter(text, name, value);
      const response = await call('/coordinate?dry_run=true', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      setAnswer((await response.json()) as CoordinationResponse);
      setTurn((count) => count + 1);
    } catch (error) {
      setProblem(
        error instanceof ApiError ? error : new ApiError(0, 'The request is not ready', (error as Error).message),
      );
    } finally {
      setBusy(false);
    }
  };
  const held = parameterOf(text, name);
  return (
    <>
      <section>
        <h1>What if</h1>
        <p>
          {id === null ? (
            'Paste a request and change a parameter.'
          ) : (
            <>
              What <a href={hashOf('coordination', id)}>{id}</a> was asked, with a parameter changed.
            </>
          )}{' '}
          It is decided by the engine and the models of now, and nothing is stored.
        </p>
        {id !== null && recorded.value === null && recorded.error === null && <Loading what="the recorded request" />}
        {recorded.error !== null && (
          <p class="note">
            The recorded request cannot be read ({recorded.error.message.toLowerCase()}): paste it instead.
          </p>
        )}
        <form
          class="what-if"
          onSubmit={(event) => {
            event.preventDefault();
            void ask();
          }}
        >
          <label>
            Parameter
            <input list="parameters" value={name} onInput={(event) => setName(event.currentTarget.value.trim())} />
          </label>
          <datalist id="parameters">
            {PARAMETERS.map((parameter) => (
              <option key={parameter} value={parameter} />
            ))}
          </datalist>
          <label>
            Value
            <input
              value={value}
              placeholder={held === undefined ? 'now the default' : `now ${JSON.stringify(held)}`}
              onInput={(event) => setValue(event.currentTarget.value)}
            />
          </label>
          <button type="submit" class="primary" disabled={busy || text.trim() === ''}>
            {busy ? 'Coordinating …' : 'Coordinate'}
          </button>
          <details open={id === null}>
            <summary>The request</summary>
            <label>
              <span class="visually-hidden">Request as JSON</span>
              <textarea
                rows={14}
                spellcheck={false}
                value={text}
                placeholder='{ "signals": [ … ], "portfolio_id": "…" }'
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
          </details>
        </form>
        {problem !== null && <Failure error={problem} />}
        {problem?.status === 404 && (
          <p class="note">This process reads only: the command process takes requests, at its own address.</p>
        )}
      </section>
      {answer !== null && (
        <section key={turn} aria-label="What would be decided">
          <div class="title">
            <h2>
              With {name} at {value}
            </h2>
            <Tag text={answer.status} />
          </div>
          {before.value !== null && <Comparison before={before.value} after={answer} />}
          <Outcome response={answer} />
        </section>
      )}
    </>
  );
}

const FIGURES: readonly (readonly [string, (response: CoordinationResponse) => string])[] = [
  ['Expected gain', ({ coordination_summary: s }) => basisPoints(s.utility * 1e4, 2)],
  ['Expected cost', ({ coordination_summary: s }) => basisPoints(s.expected_cost_bps, 2)],
  ['Turnover', ({ coordination_summary: s }) => percent(s.turnover)],
  ['Risk budget used', ({ coordination_summary: s }) => percent(s.risk_budget_used, 1)],
  ['Decisions', ({ coordination_summary: s }) => number(s.decisions_generated)],
  ['Signals refused', ({ coordination_summary: s }) => number(s.signals_rejected)],
];

interface Changed {
  readonly instrument: string;
  readonly before: number;
  readonly after: number;
}

const CHANGED: readonly Column<Changed>[] = [
  { name: 'Instrument', by: (row) => row.instrument, cell: (row) => row.instrument },
  { name: 'Recorded', numeric: true, by: (row) => row.before, cell: (row) => number(row.before) },
  { name: 'What if', numeric: true, by: (row) => row.after, cell: (row) => number(row.after) },
];

function Comparison({
  before,
  after,
}: {
  readonly before: CoordinationResponse;
  readonly after: CoordinationResponse;
}) {
  const changed = changedTrades(before, after);
  return (
    <>
      <h3>Against what was recorded</h3>
      <div class="plain-scroll" tabIndex={0} role="region" aria-label="Against what was recorded">
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col" class="num">
                Recorded
              </th>
              <th scope="col" class="num">
                What if
              </th>
            </tr>
          </thead>
          <tbody>
            {FIGURES.map(([title, of]) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                <td class="num">{of(before)}</td>
                <td class="num">{of(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {changed.length === 0 ? (
        <p class="muted">Every trade is the same.</p>
      ) : (
        <>
          <h3>
            Trades that are others <small>{number(changed.length)}, shares, sales negative</small>
          </h3>
          <Table label="Trades that are others" columns={CHANGED} rows={changed} keyOf={(row) => row.instrument} />
        </>
      )}
    </>
  );
}

function changedTrades(before: CoordinationResponse, after: CoordinationResponse): readonly Changed[] {
  const [was, is] = [signed(before), signed(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map((instrument) => ({ instrument, before: was.get(instrument) ?? 0, after: is.get(instrument) ?? 0 }))
    .filter((row) => row.before !== row.after);
}

const signed = ({ decisions }: CoordinationResponse): ReadonlyMap<string, number> =>
  new Map(
    decisions.map(({ instrument_id, action, quantity }) => [
      instrument_id,
      action === 'SELL' ? -quantity : action === 'BUY' ? quantity : 0,
    ]),
  );
