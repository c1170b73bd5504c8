import { useState } from 'preact/hooks';
import { type ApiError, download } from '../api.js';
import { basisPoints, change, number, percent, time, words } from '../format.js';
import { DecisionDetail } from '../coordination/decision-detail.js';
import { Evidence } from '../coordination/evidence.js';
import { Execution } from '../coordination/execution.js';
import { Limits, SectorBars } from '../coordination/limits.js';
import { Rebalances } from '../coordination/rebalances.js';
import { Refusals } from '../coordination/refusals.js';
import { RiskBeforeAfter } from '../coordination/risk-before-after.js';
import { Weights } from '../coordination/weights.js';
import { Empty, Failure, Figures, Loading, Tag } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { hashOf } from '../address.js';
import type { CoordinatedTradingDecision, CoordinationResponse } from '../types.js';
import { useApi } from '../use-api.js';

/** One coordination: what was decided, why, what it costs, whether it worked. */
export function CoordinationPage({ id }: { readonly id: string }) {
  const { value, error, again } = useApi<CoordinationResponse>(`/coordination/${encodeURIComponent(id)}`);
  if (value === null) {
    return error === null ? (
      <Loading what={id} />
    ) : (
      <section>
        <h1>{id}</h1>
        <Failure error={error} again={again} />
      </section>
    );
  }
  return (
    <>
      <section>
        <div class="title">
          <h1>{id}</h1>
          <Tag text={value.status} />
          <span class="muted">as of {time(value.as_of)} UTC</span>
        </div>
        <Actions id={id} />
        <Outcome response={value} />
      </section>
      <Weights id={id} />
      <Execution id={id} />
      <Evidence id={id} />
    </>
  );
}

function Actions({ id }: { readonly id: string }) {
  const [error, setError] = useState<ApiError | null>(null);
  const save = (path: string, name: string) => () => {
    setError(null);
    download(path, name).catch((failure: ApiError) => setError(failure));
  };
  const address = `/coordination/${encodeURIComponent(id)}`;
  return (
    <>
      <p class="actions">
        <a class="button" href={hashOf('what-if', id)}>
          What if …
        </a>
        <button type="button" onClick={save(address, `${id}.json`)}>
          Save the answer
        </button>
        <button type="button" onClick={save(`${address}/problem`, `${id}-problem.json`)}>
          Save the optimisation problem
        </button>
        <button type="button" onClick={save(`/audit/proof/${encodeURIComponent(id)}`, `${id}-proof.json`)}>
          Save the proof
        </button>
      </p>
      {error !== null && <Failure error={error} />}
    </>
  );
}

/** The answer itself; the what-if page shows its own with it too. */
export function Outcome({ response }: { readonly response: CoordinationResponse }) {
  const { coordination_summary: s, warnings, risk_model, config_version } = response;
  return (
    <>
      <Figures
        of={[
          { name: 'Quality', value: number(s.coordination_quality, 2), note: 'of 1' },
          { name: 'Signals', value: number(s.total_signals_processed), note: `${number(s.signals_rejected)} refused` },
          { name: 'Expected gain', value: basisPoints(s.utility * 1e4), note: 'after risk and costs' },
          { name: 'Could be better by', value: basisPoints(response.optimality_gap_bps, 3), note: 'at most: proven' },
          { name: 'Expected cost', value: basisPoints(s.expected_cost_bps), note: 'of the portfolio' },
          { name: 'Turnover', value: percent(s.turnover, 1) },
          { name: 'Invested', value: percent(s.portfolio_utilization, 1) },
          { name: 'Risk budget used', value: percent(s.risk_budget_used, 1) },
        ]}
      />
      <p class="muted">
        Risk model {risk_model.id} ({words(risk_model.source)}, {words(risk_model.regime)})
        {config_version !== undefined && <>, configuration {config_version}</>}, decided in{' '}
        {number(response.processing_time_ms)} ms.
      </p>
      {warnings.length > 0 && (
        <ul class="warnings">
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      )}
      <Decisions response={response} />
      <Refusals signals={response.rejected_signals} />
      <RiskBeforeAfter response={response} />
      <SectorBars limits={response.limits} />
      <Limits limits={response.limits} />
      <Rebalances response={response} />
    </>
  );
}

function Decisions({ response }: { readonly response: CoordinationResponse }) {
  const { decisions } = response;
  const [chosen, setChosen] = useState<string | null>(decisions[0]?.decision_id ?? null);
  const decision = decisions.find(({ decision_id }) => decision_id === chosen);
  const [columns] = useState<readonly Column<CoordinatedTradingDecision>[]>(() => decisionColumns(setChosen));
  if (decisions.length === 0) {
    return (
      <>
        <h2>Decisions</h2>
        <Empty title="Nothing is traded">
          <p>No trade earns more than it costs within the limits. The refusals below say why.</p>
        </Empty>
      </>
    );
  }
  return (
    <>
      <h2>
        Decisions <small>{number(decisions.length)}</small>
      </h2>
      <div class="split">
        <Table
          label="Decisions"
          columns={columns}
          rows={decisions}
          keyOf={({ decision_id }) => decision_id}
          selected={chosen}
        />
        {decision !== undefined && <DecisionDetail decision={decision} />}
      </div>
    </>
  );
}

const decisionColumns = (choose: (id: string) => void): readonly Column<CoordinatedTradingDecision>[] => [
  {
    name: 'Instrument',
    width: 1.4,
    by: (d) => d.instrument_id,
    cell: (d) => (
      <button type="button" class="link" onClick={() => choose(d.decision_id)}>
        {d.instrument_id}
      </button>
    ),
  },
  { name: 'Action', by: (d) => d.action, cell: (d) => <Tag text={d.action} /> },
  { name: 'Shares', numeric: true, by: (d) => d.quantity, cell: (d) => number(d.quantity) },
  {
    name: 'Weight',
    numeric: true,
    by: (d) => d.portfolio_impact.weight_change,
    cell: (d) => change(d.portfolio_impact.weight_change),
  },
  {
    name: 'Cost',
    numeric: true,
    by: (d) => d.timing_recommendation.expected_cost_bps,
    cell: (d) => basisPoints(d.timing_recommendation.expected_cost_bps),
  },
  { name: 'Confidence', numeric: true, by: (d) => d.confidence, cell: (d) => number(d.confidence, 2) },
  {
    name: 'Urgency',
    by: (d) => ['LOW', 'MEDIUM', 'HIGH'].indexOf(d.timing_recommendation.urgency),
    cell: (d) => words(d.timing_recommendation.urgency),
  },
];
