import { measureDecision, type Prices } from '#engine';
import type { CoordinateCommand } from '../coordination/decide.js';
import type { CoordinationOutcome } from '../coordination/response.js';
import { parseTime } from '../time.js';

const BASIS_POINT = 1e-4;
/** trading days (model, section 1) */
const HORIZON_DEFAULT = 5;

/** Trading days over which a coordination was decided. */
export const horizonOf = ({ request, configuration }: CoordinateCommand): number =>
  request.coordination_parameters?.horizon_days ?? configuration?.parameters.horizon_days ?? HORIZON_DEFAULT;

/**
 * What the trades of a coordination, recorded or decided again, would have earned over its horizon by the closes, expected costs and tax
 * taken off: a fraction of the net asset value. Null where a close is still to come; instruments without closes count as nothing.
 */
export function realisedProfit(
  { decisions, as_of }: CoordinationOutcome,
  horizonDays: number,
  prices: Prices,
): number | null {
  let profit = 0;
  for (const { instrument_id, action, quantity, portfolio_impact, risk_assessment } of decisions) {
    if (quantity === 0) continue;
    const { spread, fee, impact, tax } = risk_assessment.expected_cost_bps;
    const outcome = measureDecision(prices, {
      instrumentId: instrument_id,
      action,
      at: parseTime(as_of),
      horizonDays,
      // the traded part of the net asset value, as one share at that price
      quantity: 1,
      price: Math.abs(portfolio_impact.position_change),
      costs: (spread + fee + impact + tax) * BASIS_POINT,
    });
    if (outcome.status === 'PENDING') return null;
    if (outcome.status === 'MEASURED') profit += outcome.profit;
  }
  return profit;
}
