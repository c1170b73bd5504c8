export type * from './portfolio-assessment.js';
export { assessImpact } from './assess-weights.js';
export { assessTrades, type TradesAssessment } from './assess-trades.js';
export { componentVar95 } from './component-var.js';
export { historicalRisk } from './historical-simulation.js';
export { isSectorScenario, sectorScenario } from './stress.js';
