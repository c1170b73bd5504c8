import { basisPoints, change, clock, number, percent, time, words } from '../format.js';
import { Figures, Tag } from '../parts/states.js';
import type { CoordinatedTradingDecision } from '../types.js';
import { fieldsOf, listOf, OtherFields } from './other-fields.js';

/** Why one decision, what it changes, what it costs and when it is to be executed. */
export function DecisionDetail({ decision }: { readonly decision: CoordinatedTradingDecision }) {
  const { portfolio_impact: impact, risk_assessment: risk, timing_recommendation: timing, lots } = decision;
  const costs = Object.entries(risk.expected_cost_bps).filter(([, bps]) => bps !== 0);
  return (
    <article class="detail" aria-label={`${decision.action} ${decision.instrument_id}`}>
      <h3>
        <Tag text={decision.action} /> {number(decision.quantity)} {decision.instrument_id}
      </h3>
      <ol class="reasons">
        {decision.coordination_reasoning.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ol>
      <Figures
        of={[
          { name: 'Weight', value: change(impact.weight_change) },
          {
            name: 'Volatility, a day',
            value: percent(risk.volatility_after),
            note: `before ${percent(risk.volatility_before)}`,
          },
          { name: 'VaR 95', value: percent(risk.var_95_after), note: `before ${percent(risk.var_95_before)}` },
          { name: 'Days to sell', value: number(risk.days_to_liquidate, 2) },
        ]}
      />
      {costs.length > 0 && (
        <p class="muted">
          Cost in basis points of the portfolio: {costs.map(([name, bps]) => `${name} ${number(bps, 2)}`).join(', ')}.
        </p>
      )}
      <Timeline timing={timing} />
      <Alternatives timing={timing} />
      {lots !== undefined && lots.length > 0 && <Lots lots={lots} />}
    </article>
  );
}

function Timeline({ timing }: { readonly timing: CoordinatedTradingDecision['timing_recommendation'] }) {
  const most = Math.max(...timing.slices.map(({ quantity }) => quantity), 1);
  return (
    <>
      <h4>
        Execution: {words(timing.strategy)}, {words(timing.urgency)} urgency
      </h4>
      <p class="muted">
        {time(timing.start_at)} to {time(timing.end_at)} UTC, {basisPoints(timing.expected_cost_bps)} ±{' '}
        {basisPoints(timing.cost_std_bps)}
        {timing.depends_on.length > 0 && <>; after {timing.depends_on.slice(0, 12).join(', ')}</>}
      </p>
      <ul class="slices" aria-label="Slices">
        {timing.slices.slice(0, 200).map(({ start_at, quantity }) => (
          <li key={start_at}>
            <span>{clock(start_at)}</span>
            <span class="bar" aria-hidden="true">
              <span class="fill" style={{ width: `${(quantity / most) * 100}%` }} />
            </span>
            <span class="num">{number(quantity)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Other ways of executing, where the answer compares them. */
function Alternatives({ timing }: { readonly timing: CoordinatedTradingDecision['timing_recommendation'] }) {
  const alternatives = listOf(fieldsOf(timing)['alternatives']);
  if (alternatives.length === 0) return null;
  return (
    <>
      <h4>Other ways of executing it</h4>
      {alternatives.map((alternative, index) => (
        <OtherFields key={index} of={alternative} />
      ))}
    </>
  );
}

function Lots({ lots }: { readonly lots: NonNullable<CoordinatedTradingDecision['lots']> }) {
  return (
    <>
      <h4>Tax lots to sell</h4>
      <div class="plain-scroll" tabIndex={0} role="region" aria-label="Tax lots">
        <table>
          <thead>
            <tr>
              <th scope="col">Lot</th>
              <th scope="col" class="num">
                Shares
              </th>
              <th scope="col">Term</th>
              <th scope="col" class="num">
                Gain
              </th>
              <th scope="col" class="num">
                Tax
              </th>
            </tr>
          </thead>
          <tbody>
            {lots.map(({ lot_id, quantity, term, gain, tax }) => (
              <tr key={lot_id}>
                <th scope="row">{lot_id}</th>
                <td class="num">{number(quantity)}</td>
                <td>{term === undefined ? '–' : words(term)}</td>
                <td class="num">{number(gain, 2)}</td>
                <td class="num">{number(tax, 2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
