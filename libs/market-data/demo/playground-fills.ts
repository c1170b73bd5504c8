import type { CoordinationResponse } from '#domain';
import { DEMO_SEED } from './market.js';
import type { PlaygroundDay } from './playground.js';
import { Random } from './random.js';

/** A fill as it is reported to the service. */
export interface PlaygroundFill {
  readonly fill_id: string;
  readonly decision_id: string;
  /** whole shares, unsigned */
  readonly quantity: number;
  readonly price: number;
  readonly costs: number;
  readonly currency: string;
  readonly filled_at: string;
}

export interface PlaygroundExecution {
  readonly fills: readonly PlaygroundFill[];
  /** decisions of which the rest found no other side and was called off */
  readonly cancelled: readonly string[];
}

/** share of the orders whose instrument goes quiet before they are done */
const QUIET_SHARE = 0.08;
const HALF_SPREAD = 0.0003;
const FEE = 0.00005;

/**
 * Fills of a day's plans, slice by slice: prices walk from the close of the day to the next one, across half a spread, with some noise of
 * their own; now and then an instrument goes quiet halfway. Deterministic in the decisions and the seed.
 */
export function playgroundFills(
  day: PlaygroundDay,
  { decisions }: Pick<CoordinationResponse, 'decisions'>,
  seed = DEMO_SEED,
): PlaygroundExecution {
  const random = new Random(seed, Date.parse(day.as_of) / 86_400_000);
  const fills: PlaygroundFill[] = [];
  const cancelled: string[] = [];
  for (const { decision_id, instrument_id, action, quantity, timing_recommendation } of decisions) {
    const closes = day.closes.get(instrument_id);
    if (action === 'HOLD' || quantity === 0 || closes === undefined) continue;
    const { slices } = timing_recommendation;
    const quiet = random.uniform() < QUIET_SHARE;
    const filled = slices.slice(0, quiet ? Math.ceil(slices.length / 2) : slices.length);
    const [today, next] = closes;
    for (const [index, slice] of filled.entries()) {
      const along = (index + random.uniform()) / slices.length;
      const across = (action === 'BUY' ? 1 : -1) * HALF_SPREAD + 0.0005 * random.normal();
      const price = cents((today + along * (next - today)) * (1 + across));
      fills.push({
        fill_id: `${decision_id}/${index + 1}`,
        decision_id,
        quantity: slice.quantity,
        price,
        costs: cents(FEE * slice.quantity * price),
        currency: 'USD',
        filled_at: slice.end_at,
      });
    }
    if (filled.length < slices.length) cancelled.push(decision_id);
  }
  return { fills, cancelled };
}

const cents = (money: number): number => Math.round(money * 100) / 100;
