import Table from 'cli-table3';
import type {
  CoordinatedTradingDecision,
  CoordinationOutcome,
  LimitReport,
  PortfolioState,
  RejectedSignal,
} from '#domain';

/** What the answer does not repeat of the request and the market, but a reader wants to see beside it. */
export interface ReportContext {
  /** money, before trading */
  readonly nav: number;
  /** weight before trading; 0 for what is not held */
  readonly weightBefore: (instrumentId: string) => number;
  readonly currency: string;
}

export interface ReportOptions {
  /** columns of the terminal */
  readonly width: number;
}

/** A response, or the outcome alone where nothing was stored. */
export type Answer = CoordinationOutcome & { readonly coordination_id?: string; readonly processing_time_ms?: number };

/**
 * NAV and weights of a book at the prices of its positions, or of the market where a position has none.
 *
 * @throws Error where a position has no price anywhere
 */
export function reportContext(portfolio: PortfolioState, marketPrices: ReadonlyMap<string, number>): ReportContext {
  const notional = new Map<string, number>();
  for (const { instrument_id: id, quantity, price = marketPrices.get(id) } of portfolio.positions) {
    if (price === undefined) throw new Error(`there is no price for the position in ${id}`);
    notional.set(id, (notional.get(id) ?? 0) + quantity * price);
  }
  const nav = [...notional.values()].reduce((sum, value) => sum + value, portfolio.cash);
  return { nav, weightBefore: (id) => (notional.get(id) ?? 0) / nav, currency: portfolio.currency ?? '' };
}

/**
 * The whole answer for a person: decisions, refusals by reason, limits, summary. Plain text that ends with a line break.
 * Without a context, amounts are fractions of NAV, and weights are shown by their change.
 */
export function coordinationReport(answer: Answer, context: ReportContext | null, options: ReportOptions): string {
  return [
    heading(answer),
    decisionTable(answer.decisions, context, options),
    refusals(answer.rejected_signals, options),
    limitTable(answer.limits, options),
    summary(answer, context),
    ...answer.warnings.map((warning) => `Warning: ${warning}`),
    '',
  ]
    .filter((part, index, parts) => part !== '' || index === parts.length - 1)
    .join('\n');
}

function heading(answer: Answer): string {
  const name = answer.coordination_id ?? 'Coordination';
  const model = `risk model ${answer.risk_model.id.slice(0, 12)} (${answer.risk_model.source}, ${answer.risk_model.regime})`;
  return `${name} as of ${answer.as_of}: ${answer.status}, ${model}`;
}

function decisionTable(
  decisions: readonly CoordinatedTradingDecision[],
  context: ReportContext | null,
  { width }: ReportOptions,
): string {
  const trades = decisions.filter((decision) => decision.action !== 'HOLD');
  const holds = decisions.length - trades.length;
  const holdLine = holdSentence(holds);
  if (trades.length === 0) return holdLine === '' ? 'No trades.' : `No trades. ${holdLine}`;
  const head = ['#', 'Action', 'Instrument', 'Quantity', notionalHead(context), 'Weight', 'Conf.', 'Why'];
  const rows = [...trades].sort((a, b) => a.priority - b.priority).map((decision) => tradeRow(decision, context));
  const table = tableOf(head, ['right', 'left', 'left', 'right', 'right', 'right', 'right', 'left'], rows, width);
  return [table, holdLine].filter((part) => part !== '').join('\n');
}

function tradeRow(decision: CoordinatedTradingDecision, context: ReportContext | null): string[] {
  const { position_change, weight_change } = decision.portfolio_impact;
  const before = context?.weightBefore(decision.instrument_id);
  return [
    String(decision.priority),
    decision.action,
    decision.instrument_id,
    whole(decision.quantity),
    context ? whole(Math.abs(position_change) * context.nav) : percent(Math.abs(position_change)),
    before === undefined ? signedPercent(weight_change) : `${percent(before)} → ${percent(before + weight_change)}`,
    decision.confidence.toFixed(2),
    decision.coordination_reasoning[0] ?? '',
  ];
}

function holdSentence(holds: number): string {
  if (holds === 0) return '';
  return holds === 1
    ? '1 signalled instrument is held as it is (HOLD).'
    : `${holds} signalled instruments are held as they are (HOLD).`;
}

const notionalHead = (context: ReportContext | null): string =>
  context === null ? 'of NAV' : `Notional ${context.currency}`.trimEnd();

function refusals(rejected: readonly RejectedSignal[], { width }: ReportOptions): string {
  if (rejected.length === 0) return 'No signal was refused.';
  const groups = new Map<string, RejectedSignal[]>();
  for (const signal of rejected) groups.set(signal.reason_code, [...(groups.get(signal.reason_code) ?? []), signal]);
  const rows = [...groups]
    .sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1))
    .map(([code, signals]) => {
      const names = [...new Set(signals.map((signal) => signal.instrument_id))];
      const shown =
        names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ');
      return [code, String(signals.length), `${shown}. ${signals[0]?.reason ?? ''}`];
    });
  const head = ['Refused because', 'Signals', 'Instruments, and the first signal in its own words'];
  return tableOf(head, ['left', 'right', 'left'], rows, width);
}

function limitTable(limits: readonly LimitReport[], { width }: ReportOptions): string {
  // Of the limits with one entry an instrument or a sector, only those tell something that bind or are in trouble.
  const telling = limits.filter(
    (limit) => !limit.name.includes(':') || limit.shadow_price > 0 || limit.broken_before || limit.relaxed_by > 0,
  );
  if (telling.length === 0) return '';
  const rows = telling.map((limit) => [
    limit.name,
    amount(limit.value),
    amount(limit.bound),
    limit.shadow_price === 0 ? '' : amount(limit.shadow_price),
    noteOn(limit),
  ]);
  const table = tableOf(
    ['Limit', 'After', 'Bound', 'Shadow price', ''],
    ['left', 'right', 'right', 'right', 'left'],
    rows,
    width,
  );
  return [table, restOfLimits(limits.length - telling.length)].filter((part) => part !== '').join('\n');
}

function restOfLimits(count: number): string {
  if (count === 0) return '';
  return count === 1
    ? '1 more limit of a single sector or instrument, kept with room.'
    : `${count} more limits of single sectors or instruments, all kept with room.`;
}

function noteOn(limit: LimitReport): string {
  if (limit.relaxed_by > 0) {
    const by = limit.prevented_by?.length ? `, because of ${limit.prevented_by.join(', ')}` : '';
    return `relaxed by ${amount(limit.relaxed_by)}${by}`;
  }
  if (limit.broken_before) return 'was broken before, is kept now';
  if (limit.shadow_price <= 0) return '';
  return limit.without === undefined ? 'binds' : `binds; without it ${bps(limit.without.utility_bps / 1e4)} bps more`;
}

function summary(answer: Answer, context: ReportContext | null): string {
  const s = answer.coordination_summary;
  const time = answer.processing_time_ms === undefined ? '' : `, in ${answer.processing_time_ms.toFixed(0)} ms`;
  return [
    `${s.total_signals_processed} signals: ${s.decisions_generated} decisions, ${s.signals_rejected} refused${time}.`,
    `Invested ${percent(s.portfolio_utilization)} of ${context ? `${whole(context.nav)} ${context.currency}`.trimEnd() : 'NAV'}` +
      `, risk budget used ${percent(s.risk_budget_used)}, turnover ${percent(s.turnover)}, expected cost ${s.expected_cost_bps.toFixed(2)} bps of NAV.`,
    `Utility ${bps(s.utility)} of at most ${bps(s.utility_bound)} bps (gap ${answer.optimality_gap_bps.toFixed(4)} bps), ` +
      `transfer coefficient ${s.transfer_coefficient.toFixed(2)}, quality ${s.coordination_quality.toFixed(2)}.`,
  ].join('\n');
}

/** lines that the last column may take up in a row */
const WRAPPED_LINES = 2;
const LAST_COLUMN_MIN = 24;

/** Columns as wide as what is in them; the last one takes the rest of the width, and is wrapped and then cut. */
function tableOf(
  head: readonly string[],
  alignments: readonly ('left' | 'right')[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const widths = head.map((title, i) => 2 + Math.max(title.length, ...rows.map((row) => (row[i] as string).length)));
  const taken = widths.slice(0, -1).reduce((sum, column) => sum + column, 0) + widths.length + 1;
  const last = widths.length - 1;
  widths[last] = Math.min(widths[last] as number, Math.max(LAST_COLUMN_MIN, width - taken));
  const table = new Table({
    head: [...head],
    colWidths: widths,
    colAligns: [...alignments],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  // a line that is wrapped at words loses some of its width
  const room = Math.floor(WRAPPED_LINES * (widths[last] - 2) * 0.9);
  for (const row of rows) table.push([...row.slice(0, -1), shortened(row[last] as string, room)]);
  return table.toString();
}

function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  const cut = text.slice(0, room - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 1)).replace(/[ ,.:;]+$/, '')}…`;
}

/** rounded first, so that a trace below nought does not read as -0.00 */
const percent = (fraction: number): string => `${(Math.round(fraction * 1e4) / 100 + 0).toFixed(2)}%`;
const signedPercent = (fraction: number): string => `${fraction > 0 ? '+' : ''}${percent(fraction)}`;
const bps = (fraction: number): string => (fraction * 1e4).toFixed(2);
const whole = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
const amount = (value: number): string =>
  value === 0 ? '0' : Math.abs(value) < 1e-4 ? value.toExponential(2) : value.toFixed(4);
