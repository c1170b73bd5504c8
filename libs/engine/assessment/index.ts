export type * from './portfolio-assessment.js';
export { assessImpact } from './assess-weights.js';
export { assessTrades, type ProposedTrade, type TradeAssessment, type TradesAssessment } from './assess-trades.js';
export { componentVar95 } from './component-var.js';
export { historicalRisk } from './historical-simulation.js';
export { type LimitAround } from './limits-around.js';
export { type InstrumentRisk, type SectorRisk } from './risk-by-name.js';
export { isSectorScenario, sectorScenario } from './stress.js';
