export { assessPortfolio } from './assess-risk.js';
export { buildDecisions } from './build-decisions.js';
export { summarise } from './summarise.js';
