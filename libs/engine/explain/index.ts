export { Marginals } from './break-even.js';
export { ConfidenceCurve } from './confidence-curve.js';
export { holdReasons, tradeReasons } from './decision-reasons.js';
export { limitReports } from './limit-reports.js';
export type { Evidence } from './refusal.js';
export { rejectedSignals } from './rejected-signals.js';
export { SignalBook } from './signal-book.js';
export { withoutLimits } from './without-limit.js';
