import type { DecisionOutcomeRow, MeasuredOutcomes, OutcomeEvent, RefusalOutcomeRow, SignalOutcome } from './events.js';

/** Of whom a row is known, and as what. */
export interface KnownRow<Row> {
  readonly row: Row;
  readonly measuredBy: MeasuredOutcomes['measured_by'];
}

/** What the stream `outcome-{coordination_id}` says came of a coordination. */
export interface KnownOutcomes {
  readonly signals: ReadonlyMap<string, KnownRow<SignalOutcome>>;
  readonly decisions: ReadonlyMap<string, KnownRow<DecisionOutcomeRow>>;
  readonly refusals: ReadonlyMap<string, KnownRow<RefusalOutcomeRow>>;
}

export const NO_OUTCOMES: KnownOutcomes = { signals: new Map(), decisions: new Map(), refusals: new Map() };

/** A correction replaces the rows of its ids; otherwise the two events tell the same. */
export function evolveOutcomes(known: KnownOutcomes, { data }: OutcomeEvent): KnownOutcomes {
  const { measured_by: measuredBy } = data;
  const withRows = <Row>(rows: ReadonlyMap<string, KnownRow<Row>>, told: readonly Row[], idOf: (row: Row) => string) =>
    new Map([...rows, ...told.map((row) => [idOf(row), { row, measuredBy }] as const)]);
  return {
    signals: withRows(known.signals, data.signals, ({ signal_id }) => signal_id),
    decisions: withRows(known.decisions, data.decisions, ({ decision_id }) => decision_id),
    refusals: withRows(known.refusals, data.refusals, ({ signal_id }) => signal_id),
  };
}
