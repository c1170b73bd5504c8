import { type Forecast, measureSignal, type Outcome, type Prices, type Unmeasured } from '#engine';
import { canonicalJson } from '../canonical-json.js';
import { reject, type Rejection } from '../rejection.js';
import { formatTime, parseTime } from '../time.js';
import type {
  DecisionOutcomeRow,
  MeasuredOutcomes,
  OutcomeEvent,
  RealisedOutcome,
  RefusalOutcomeRow,
  SignalOutcome,
} from './events.js';
import type { KnownOutcomes, KnownRow } from './evolve.js';
import { directionOf, type OutcomeSubjects } from './subjects.js';

export interface DecidedOutcomes {
  readonly events: readonly OutcomeEvent[];
  /** whether something of the coordination has no outcome yet */
  readonly pending: boolean;
}

/** What a client says came of a signal or a decision. */
export interface PostedOutcome {
  readonly signal_id?: string;
  readonly decision_id?: string;
  readonly entry_price: number;
  readonly exit_price: number;
  /** default: when it was decided */
  readonly entry_at?: string;
  readonly exit_at: string;
  /** over the same time; default 0 */
  readonly benchmark_return?: number;
}

/**
 * Outcomes of everything whose horizon has passed in the closes, each told once; what was told of closes that have changed since is told again, as a
 * correction. What a client posted stays as it is.
 *
 * @param benchmark instrument of the closes whose return is taken off
 */
export function decideOutcomes(
  known: KnownOutcomes,
  subjects: OutcomeSubjects,
  prices: Prices,
  benchmark?: string,
): DecidedOutcomes {
  const changes = new OutcomeChanges(known, subjects, 'MARKET_DATA');
  changes.of((forecast) => toRealised(measureSignal(prices, forecast, benchmark)));
  return { events: changes.events(), pending: changes.pending };
}

/** @returns no events where the same was told before */
export function decidePostedOutcomes(
  known: KnownOutcomes,
  subjects: OutcomeSubjects,
  posted: readonly PostedOutcome[],
): DecidedOutcomes | Rejection {
  const asked = new Map<string, PostedOutcome>();
  for (const [at, outcome] of posted.entries()) {
    const fault = faultOf(outcome, subjects, asked);
    if (fault !== null) return reject('INVALID_REQUEST', 'The outcomes do not fit the coordination.', [fault(at)]);
    asked.set(keyOf(outcome), outcome);
  }
  const changes = new OutcomeChanges(known, subjects, 'POSTED');
  changes.of((forecast, key) => {
    const outcome = asked.get(key);
    return outcome === undefined ? null : postedOutcome(outcome, forecast, subjects.coordination.decided_at);
  });
  return { events: changes.events(), pending: changes.pending };
}

type Realise = (forecast: Forecast, key: string) => RealisedOutcome | null;

/** What is told anew and what is told otherwise than before. */
class OutcomeChanges {
  pending = false;
  private readonly measured = {
    signals: [] as SignalOutcome[],
    decisions: [] as DecisionOutcomeRow[],
    refusals: [] as RefusalOutcomeRow[],
  };
  private readonly corrected: typeof this.measured = { signals: [], decisions: [], refusals: [] };

  constructor(
    private readonly known: KnownOutcomes,
    private readonly subjects: OutcomeSubjects,
    private readonly measuredBy: MeasuredOutcomes['measured_by'],
  ) {}

  of(realise: Realise): void {
    const { coordination, signals, decisions, refusals } = this.subjects;
    for (const signal of signals) {
      const outcome = realise(forecastOf(signal, signal.generated_at), `signal ${signal.signal_id}`);
      this.add('signals', signal.signal_id, outcome && { ...signal, outcome });
    }
    for (const decision of decisions) {
      const forecast = { ...forecastOf(decision, coordination.decided_at), expectedReturn: decision.alpha };
      const outcome = realise(forecast, `decision ${decision.decision_id}`);
      this.add(
        'decisions',
        decision.decision_id,
        outcome && { ...decision, outcome, profit: profitOf(decision, outcome) },
      );
    }
    for (const { generated_at, ...refusal } of refusals) {
      const outcome = realise(forecastOf(refusal, generated_at), `signal ${refusal.signal_id}`);
      this.add('refusals', refusal.signal_id, outcome && { ...refusal, outcome, cost: costOf(refusal, outcome) });
    }
  }

  events(): OutcomeEvent[] {
    const { coordination } = this.subjects;
    const header = { ...coordination, measured_by: this.measuredBy };
    const isSome = ({ signals, decisions, refusals }: typeof this.measured): boolean =>
      signals.length + decisions.length + refusals.length > 0;
    return [
      ...(isSome(this.measured) ? [{ type: 'outcomes_measured' as const, data: { ...header, ...this.measured } }] : []),
      ...(isSome(this.corrected)
        ? [{ type: 'outcomes_corrected' as const, data: { ...header, ...this.corrected } }]
        : []),
    ];
  }

  private add<Kind extends keyof KnownOutcomes>(
    kind: Kind,
    id: string,
    row: (typeof this.measured)[Kind][number] | null,
  ): void {
    const before = this.known[kind].get(id) as KnownRow<(typeof this.measured)[Kind][number]> | undefined;
    if (row === null) {
      this.pending ||= before === undefined;
      return;
    }
    if (before === undefined) (this.measured[kind] as (typeof row)[]).push(row);
    else if (this.mayCorrect(before) && !isSame(before.row, row)) (this.corrected[kind] as (typeof row)[]).push(row);
  }

  private mayCorrect({ measuredBy }: KnownRow<unknown>): boolean {
    return this.measuredBy === 'POSTED' || measuredBy === 'MARKET_DATA';
  }
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

function forecastOf(
  row: {
    readonly instrument_id: string;
    readonly action: Forecast['action'];
    readonly horizon_days: number;
    readonly expected_return?: number;
  },
  at: string,
): Forecast {
  return {
    instrumentId: row.instrument_id,
    action: row.action,
    at: parseTime(at),
    horizonDays: row.horizon_days,
    ...(row.expected_return === undefined ? {} : { expectedReturn: row.expected_return }),
  };
}

/** Null where it may still come. */
function toRealised(measured: Outcome | Unmeasured): RealisedOutcome | null {
  if (measured.status === 'PENDING') return null;
  if (measured.status === 'UNMEASURABLE') return measured;
  return {
    status: 'MEASURED',
    entry_at: formatTime(measured.entryAt),
    exit_at: formatTime(measured.exitAt),
    entry_price: measured.entryPrice,
    exit_price: measured.exitPrice,
    realised_return: measured.realisedReturn,
    benchmark_return: measured.benchmarkReturn,
    realised_alpha: measured.realisedAlpha,
    alpha_error: measured.alphaError,
    hit: measured.hit,
    late_days: measured.lateDays,
  };
}

function postedOutcome(
  posted: PostedOutcome,
  { action, expectedReturn }: Forecast,
  decidedAt: string,
): RealisedOutcome {
  const { entry_price, exit_price, benchmark_return = 0 } = posted;
  const realised_return = exit_price / entry_price - 1;
  const realised_alpha = realised_return - benchmark_return;
  const direction = directionOf(action);
  return {
    status: 'MEASURED',
    entry_at: posted.entry_at ?? decidedAt,
    exit_at: posted.exit_at,
    entry_price,
    exit_price,
    realised_return,
    benchmark_return,
    realised_alpha,
    alpha_error: expectedReturn === undefined ? null : realised_alpha - expectedReturn,
    hit: direction === 0 ? null : direction * realised_alpha > 0,
    late_days: 0,
  };
}

/** Notional at the decision's price times the return, less what filling cost beside that price. */
function profitOf(
  { action, quantity, price, fill_price, costs }: OutcomeSubjects['decisions'][number],
  outcome: RealisedOutcome,
): number | null {
  if (outcome.status !== 'MEASURED') return null;
  const shares = directionOf(action) * quantity;
  return shares * price * outcome.realised_return - shares * (fill_price - price) - costs;
}

function costOf(
  { action, would_trade }: OutcomeSubjects['refusals'][number] | Omit<RefusalOutcomeRow, 'outcome' | 'cost'>,
  outcome: RealisedOutcome,
): number | null {
  if (outcome.status !== 'MEASURED') return null;
  const { quantity, price, costs } = would_trade;
  return quantity === 0 ? 0 : directionOf(action) * quantity * price * outcome.realised_return - costs;
}

const keyOf = ({ signal_id, decision_id }: PostedOutcome): string =>
  decision_id === undefined ? `signal ${signal_id ?? ''}` : `decision ${decision_id}`;

type Fault = (at: number) => { readonly pointer: string; readonly message: string; readonly accepted: string };

function faultOf(
  posted: PostedOutcome,
  { coordination, signals, decisions }: OutcomeSubjects,
  asked: ReadonlyMap<string, PostedOutcome>,
): Fault | null {
  const { signal_id, decision_id, entry_at = coordination.decided_at, exit_at } = posted;
  const fault =
    (field: string, message: string, accepted: string): Fault =>
    (at) => ({
      pointer: `/outcomes/${at}${field}`,
      message,
      accepted,
    });
  if ((signal_id === undefined) === (decision_id === undefined)) {
    return fault('', 'names neither or both of a signal and a decision', 'one of signal_id and decision_id');
  }
  if (signal_id !== undefined && !signals.some((each) => each.signal_id === signal_id)) {
    return fault('/signal_id', `names no signal of the coordination: "${signal_id}"`, 'a signal_id of its request');
  }
  if (decision_id !== undefined && !decisions.some((each) => each.decision_id === decision_id)) {
    return fault('/decision_id', `names no decision that trades: "${decision_id}"`, 'a decision_id with a quantity');
  }
  if (asked.has(keyOf(posted))) return fault('', 'is told twice in the request', 'one outcome each');
  if (parseTime(exit_at) <= parseTime(entry_at)) {
    return fault('/exit_at', `is not after ${entry_at}`, 'a time after entry_at, or after the decision');
  }
  return null;
}
