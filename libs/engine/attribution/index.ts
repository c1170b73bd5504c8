export { Prices, type PriceTable } from './prices.js';
export {
  measureDecision,
  measureRefusal,
  measureSignal,
  outcomeChanged,
  type DecisionOutcome,
  type DecisionRecord,
  type Forecast,
  type Outcome,
  type RefusalOutcome,
  type RefusalRecord,
  type Unmeasured,
} from './outcome.js';
export {
  attributeProfit,
  NO_SIGNAL,
  OTHER_SIGNALS,
  type AlphaShare,
  type AttributedProfit,
  type ExecutedDecision,
  type PortfolioHistory,
  type ProfitAttribution,
} from './attribute.js';
export { limitCosts, type LimitCost } from './limit-costs.js';
export { shapley, type ShapleyOptions, type ShapleyValue } from './shapley.js';
export { realisedProfitOf, sourceGame, utilityOf, type Worth } from './source-game.js';
export { portfolioFacts, type InstrumentKnown, type PortfolioFacts } from './portfolio-facts.js';
