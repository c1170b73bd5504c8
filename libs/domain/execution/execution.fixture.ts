import type { CoordinatedTradingDecision } from '../coordination/response.js';
import { isRejection, type Rejection } from '../rejection.js';
import type { ReportedFill } from './decide-fills.js';
import type { ExecutionEvent, StartedOrder } from './events.js';
import { evolveExecution } from './evolve.js';
import { type Execution, plannedExecution } from './execution.js';

/** The coordination of these tests was decided at 10:00 of this day, in its own time. */
export const at = (time: string): string => `2025-06-23T${time.length === 5 ? `${time}:00` : time}.000Z`;
export const ms = (time: string): number => Date.parse(at(time));

const slice = (from: string, to: string, quantity: number) => ({ start_at: at(from), end_at: at(to), quantity });

function decision(
  id: string,
  instrument_id: string,
  action: CoordinatedTradingDecision['action'],
  quantity: number,
): CoordinatedTradingDecision {
  const half = quantity / 2;
  const slices = action === 'HOLD' ? [] : [slice('10:00', '10:30', half), slice('10:30', '11:00', half)];
  return {
    decision_id: id,
    instrument_id,
    action,
    quantity,
    timing_recommendation: {
      urgency: 'LOW',
      start_at: at('10:00'),
      end_at: at('11:00'),
      strategy: 'TWAP',
      slices,
      expected_cost_bps: 1,
      cost_std_bps: 1,
      depends_on: [],
    },
    ...(action === 'SELL'
      ? {
          lots: [
            { lot_id: 'old', quantity: 100 },
            { lot_id: 'new', quantity: 100 },
          ],
        }
      : {}),
  } as unknown as CoordinatedTradingDecision;
}

/** A purchase of 1,000 AAA decided at 50, a sale of 200 BBB at 80, and a HOLD. */
export const PLANNED = plannedExecution({
  coordination_id: 'c1',
  as_of: at('10:00'),
  decided_at: at('10:00'),
  decisions: [
    decision('decision_001', 'BBB', 'SELL', 200),
    decision('decision_002', 'AAA', 'BUY', 1000),
    decision('decision_003', 'CCC', 'HOLD', 0),
  ],
});

const ORDERS: readonly StartedOrder[] = [
  {
    decision_id: 'decision_001',
    instrument_id: 'BBB',
    quantity: -200,
    decision_price: 80,
    volatility: 0.02,
    half_spread: 0.0005,
    adv: 1e5,
  },
  {
    decision_id: 'decision_002',
    instrument_id: 'AAA',
    quantity: 1000,
    decision_price: 50,
    volatility: 0.02,
    half_spread: 0.0002,
  },
];

const STARTED: ExecutionEvent = {
  type: 'execution_started',
  data: { coordination_id: 'c1', portfolio_id: 'p', stored_portfolio: true, currency: 'EUR', orders: ORDERS },
};

export const fill = (n: number, quantity: number, time: string, over: Partial<ReportedFill> = {}): ReportedFill => ({
  fill_id: `f${n}`,
  decision_id: 'decision_002',
  quantity,
  price: 50.1,
  filled_at: at(time),
  ...over,
});

export const given = (...events: readonly ExecutionEvent[]): Execution =>
  [STARTED, ...events].reduce(evolveExecution, PLANNED);

/** The first event of a decision that must have one. */
export function accepted<T>(decided: T | Rejection): T {
  if (isRejection(decided)) throw new Error(decided.message);
  return decided;
}

export function refusal(decided: unknown): { readonly code: string; readonly errors: Rejection['errors'] } {
  if (!isRejection(decided)) throw new Error('it was accepted');
  return { code: decided.code, errors: decided.errors };
}
