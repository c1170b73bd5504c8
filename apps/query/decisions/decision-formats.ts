import type { DecisionRecord } from '#read-models';

/** The columns of the CSV and where each is found. Lists are joined: sources by `;`, reasons by ` | `. */
const COLUMNS: Readonly<Record<string, (decision: DecisionRecord) => string | number | null>> = {
  timestamp: (d) => d.timestamp,
  coordination_id: (d) => d.coordination_id,
  decision_id: (d) => d.decision_id,
  instrument_id: (d) => d.instrument_id,
  action: (d) => d.action,
  quantity: (d) => d.quantity,
  priority: (d) => d.priority,
  confidence: (d) => d.confidence,
  portfolio_id: (d) => d.portfolio_id,
  config_version: (d) => d.config_version,
  sources: (d) => d.sources.join(';'),
  position_change: (d) => d.portfolio_impact.position_change,
  weight_change: (d) => d.portfolio_impact.weight_change,
  risk_contribution_change: (d) => d.portfolio_impact.risk_contribution_change,
  correlation_impact: (d) => d.portfolio_impact.correlation_impact,
  diversification_effect: (d) => d.portfolio_impact.diversification_effect,
  coordination_reasoning: (d) => d.coordination_reasoning.join(' | '),
};

/** RFC 4180, with a header line. */
export function toCsv(decisions: readonly DecisionRecord[]): string {
  const fields = Object.values(COLUMNS);
  const lines = decisions.map((decision) => fields.map((field) => quoteCsv(field(decision))).join(','));
  return [Object.keys(COLUMNS).join(','), ...lines, ''].join('\r\n');
}

function quoteCsv(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A decision a line. */
export function toNdjson(decisions: readonly DecisionRecord[]): string {
  return decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('');
}
