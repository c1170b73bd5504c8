import Table from 'cli-table3';
import type { RiskModelReport } from '#domain';

/** A risk model as the service tells of it. */
export interface RiskModelText {
  readonly model_id: string;
  readonly version: number;
  readonly as_of: string;
  readonly regime: string;
  readonly instruments: number;
  readonly published?: boolean;
  readonly published_at?: string;
  /** absent where the model came from elsewhere */
  readonly report?: RiskModelReport;
}

/** What a risk model is made of and how it would have forecast, for a person. */
export function riskModelReport({ report, ...model }: RiskModelText): string {
  const state =
    model.published === undefined ? `published ${model.published_at}` : model.published ? 'published' : 'unchanged';
  const head = `Risk model ${model.version} (${state}): ${model.instruments} instruments as of ${model.as_of}, market ${model.regime}.`;
  if (report === undefined)
    return `${head}\n  ${model.model_id}\n  It came from elsewhere: there is no report of its build.\n`;
  const { counts, non_trading_days } = report.preparation;
  return [
    head,
    `  ${model.model_id}`,
    `Data: ${counts.bars} bars on ${counts.trading_days} trading days; ${counts.missing} missing, ${counts.invalid} invalid, ` +
      `${counts.outliers} outliers, ${counts.stale_runs} stale stretches, ${non_trading_days.length} days that were none.`,
    ...report.preparation.outliers.map(
      ({ instrument_id, day, value, previous, reason }) =>
        `  ${instrument_id} ${day}: ${value} after ${previous} (${reason})`,
    ),
    `Estimate: ${report.estimation.factors} factors of ${report.estimation.days} days, shrunk by ${percent(report.estimation.shrinkage)} toward ` +
      `a correlation of ${report.estimation.average_correlation.toFixed(2)}.`,
    ...selfTest(report.self_test),
    ...report.warnings.map((warning) => `Warning: ${warning}`),
    '',
  ].join('\n');
}

function selfTest(test: RiskModelReport['self_test']): string[] {
  if (test === null) return ['Self-test: the history is too short.'];
  const { bias, qlike, mahalanobis } = test;
  return [
    `Self-test on ${test.days} days from ${test.first_day}: bias ${bias.equal_weight.toFixed(2)} (equal weights), ` +
      `${bias.random_long.toFixed(2)} (long), ${bias.random_long_short.toFixed(2)} (long-short); Mahalanobis ${mahalanobis.toFixed(2)}; ` +
      `QLIKE ${qlike.model.toFixed(3)}, of a plain deviation ${qlike.reference.toFixed(3)}.`,
  ];
}

export interface RiskModelLine extends RiskModelText {
  readonly warnings: readonly string[];
}

export function riskModelHistory(models: readonly RiskModelLine[]): string {
  if (models.length === 0) return 'No risk model has been published.\n';
  const table = new Table({
    head: ['version', 'as of', 'market', 'instruments', 'published', 'warnings', 'id'],
    colAligns: ['right', 'left', 'left', 'right', 'left', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const { version, as_of, regime, instruments, published_at, warnings, model_id } of models) {
    table.push([version, as_of, regime, instruments, published_at, warnings.length, model_id.slice(0, 12)]);
  }
  return `${table.toString()}\n`;
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
