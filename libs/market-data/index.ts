/** Bars, instruments and the building of market models. */
export * from './bars.js';
export * from './demo/demonstration.js';
export * from './demo/market.js';
export * from './demo/portfolio.js';
export * from './demo/signals.js';
export * from './market-data-store.js';
export * from './market-model.js';
export * from './prepare/prepare-request.js';
export { type BarPolicies, runBarPolicies } from './storage/bar-policies.js';
export { type PriceAdjustment } from './storage/adjustments.js';
export * from './wide-csv.js';
