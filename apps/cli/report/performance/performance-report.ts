import type { AccuracyAnswer } from '../../../query/outcomes/get-accuracy.js';
import type { AttributionAnswer } from '../../../query/outcomes/get-attribution.js';
import type { SourceCard } from '../../../query/outcomes/get-sources.js';
import { escaped, linePlot, reliabilityPlot } from './svg.js';

/** Whether it worked: what a report of a range of decisions says, as JSON. */
export interface PerformanceReport {
  readonly from: string;
  readonly to: string;
  readonly portfolio_id: string | null;
  readonly made_at: string;
  readonly equity: readonly EquityDay[];
  readonly attribution: AttributionAnswer;
  readonly accuracy: AccuracyAnswer;
  readonly sources: readonly SourceCard[];
  /** the newest signed checkpoint of the log: what the report is of; null where the service signs none */
  readonly checkpoint: { readonly checkpoint: string; readonly public_key: string } | null;
}

/** Cumulated over the days of decisions; money. */
export interface EquityDay {
  readonly day: string;
  readonly profit: number;
  /** below the highest so far, 0 or less */
  readonly drawdown: number;
}

export function equityOf(days: AttributionAnswer['days']): EquityDay[] {
  let [profit, highest] = [0, 0];
  return days.map((day) => {
    profit += day.profit;
    highest = Math.max(highest, profit);
    return { day: day.day, profit, drawdown: profit - highest };
  });
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{padding:.25rem .5rem;border-bottom:1px solid #d5dbe3;text-align:right}
th:first-child,td:first-child{text-align:left}figure{margin:1rem 0}figcaption{font-weight:600}svg{width:100%;height:auto}
svg text{font-size:11px;fill:#5a6675}.axis{stroke:#9aa5b3}.bar{stroke:#9db8e0;stroke-width:5}circle{fill:#1f5fbf}.empty{color:#5a6675}
code{word-break:break-all}@media (prefers-color-scheme:dark){body{background:#12161c;color:#e4e9f0}th,td{border-color:#333c48}}`;

/** One file without anything from elsewhere. Names are text, whatever is in them. */
export function reportHtml(report: PerformanceReport): string {
  const { attribution, accuracy, sources, equity, checkpoint } = report;
  const title = `Decisions from ${report.from} to ${report.to}${report.portfolio_id === null ? '' : `, portfolio ${report.portfolio_id}`}`;
  const days = equity.map(({ day }) => day);
  const { profit } = attribution;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p>${profit.decisions} measured decisions earned ${money(profit.total)}: selection ${money(profit.selection)}, timing ${money(profit.timing)}, execution ${money(profit.execution)}, costs ${money(profit.costs)}. Sharpe ratio of a day ${figure(accuracy.profit.sharpe)}; probability that it is above 0: ${figure(accuracy.profit.probabilistic)}, after the number of sources looked at: ${figure(accuracy.profit.deflated)}.</p>
${linePlot(
  'Profit of the decisions, and drawdown',
  days,
  [
    { label: 'profit', colour: '#1f5fbf', values: equity.map((day) => day.profit) },
    { label: 'drawdown', colour: '#c03a2b', values: equity.map((day) => day.drawdown) },
  ],
  'money',
)}
${linePlot(
  'Costs of the decisions',
  attribution.days.map(({ day }) => day),
  [{ label: 'costs', colour: '#8a5a00', values: attribution.days.map((day) => day.costs) }],
  'money',
)}
<h2>Who earned it</h2>
${table(
  [attribution.by, 'decisions', 'selection', 'timing', 'execution', 'costs', 'profit'],
  attribution.groups.map(({ key, decisions, selection, timing, execution, costs, total }) => [
    key ?? '(none)',
    `${decisions}`,
    ...[selection, timing, execution, costs, total].map(money),
  ]),
)}
<h2>What the limits cost</h2>
${table(
  ['limit', 'refused signals', 'of known size', 'were right', 'would have earned'],
  attribution.limits.map(({ reason_code, refused, quantified, hits, cost }) => [
    reason_code,
    `${refused}`,
    `${quantified}`,
    `${hits}`,
    money(cost),
  ]),
)}
<h2>Sources</h2>
${table(
  ['source', 'signals', 'traded', 'hit rate', '95 % interval', 'information coefficient', 'profit', 'reliability'],
  sources.map(
    ({ source, signals, accepted, hit_rate: hits, information_coefficient: ic, profit: earned, reliability }) => [
      source,
      `${signals}`,
      `${accepted}`,
      figure(hits.rate),
      `${figure(hits.low)} – ${figure(hits.high)}`,
      `${figure(ic.daily_mean ?? ic.pooled)} ± ${figure(ic.standard_error)}`,
      money(earned),
      figure(reliability),
    ],
  ),
)}
${reliabilityPlot('Confidence of the decisions, and how often they were right', accuracy.all_decisions.reliability_curve)}
<h2>Of which log</h2>
${checkpoint === null ? '<p>The service signs no checkpoints.</p>' : `<p>Checkpoint <code>${escaped(checkpoint.checkpoint)}</code>, public key <code>${escaped(checkpoint.public_key)}</code></p>`}
<p>Made ${escaped(report.made_at)}.</p>
</body></html>
`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? '<p class="empty">Nothing has been measured in this range.</p>'
    : `<table><thead><tr>${head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('')}</tr></thead><tbody>${rows
        .map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`)
        .join('')}</tbody></table>`;

const money = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 0 });
const figure = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
