import {
  type CoordinationInput,
  type PlannedOrder,
  type ReleaseReason,
  type RemainingOrder,
  replanExecution,
} from '#engine';
import type { RandomStream } from '../generated/random-stream.js';
import { type Book, bookOf, LimitChecker } from './limit-checker.js';

/** What became of one order. Signed shares. */
interface SimulatedOrder {
  readonly ordered: number;
  readonly filled: number;
  readonly released: number;
  /** still open when the simulation gave up waiting for volume */
  readonly cancelled: number;
}

export interface SimulatedFill {
  readonly decisionId: string;
  readonly instrumentId: string;
  readonly quantity: number;
  /** paid for the shares (negative: received), and for spread, fee and impact; cents */
  readonly valueCents: number;
  readonly costCents: number;
}

/** What happened while a plan was executed, and everything that should not have. */
export interface SimulatedExecution {
  readonly orders: ReadonlyMap<string, SimulatedOrder>;
  readonly fills: readonly SimulatedFill[];
  readonly cashCents: number;
  readonly shares: ReadonlyMap<string, number>;
  readonly replans: number;
  readonly events: Readonly<Record<MarketEvent, number>>;
  readonly releasedFor: readonly ReleaseReason[];
  /** sentences; none in an execution as it should be */
  readonly faults: readonly string[];
}

type MarketEvent = 'PRICE_MOVE' | 'GAP' | 'HALT' | 'DROUGHT' | 'PARTIAL_FILL';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CENTS = 100;
const REPLANS_MAX = 40;

/**
 * Executes orders in a market that does not do as expected: slices that fill in part or not at all, halts, droughts of volume, moves
 * of the price, gaps between sessions. What is left is planned again after each of them, until all of it has filled or was
 * released; after every single fill the limits are checked at the prices of the plan, by arithmetic that is not the
 * engine's. A slice fills at the price of its plan, and costs no more than the model of costs says.
 */
export class MarketSimulator {
  private readonly prices = new Map<string, number>();
  private readonly filled = new Map<string, number>();
  private readonly released = new Map<string, number>();
  private readonly haltedUntil = new Map<string, number>();
  private readonly fills: SimulatedFill[] = [];
  private readonly faults: string[] = [];
  private readonly releasedFor: ReleaseReason[] = [];
  private readonly events = { PRICE_MOVE: 0, GAP: 0, HALT: 0, DROUGHT: 0, PARTIAL_FILL: 0 };
  private shares: Map<string, number>;
  private cashCents: number;
  private now: number;
  private readonly sessions: readonly OpenHours[];
  private replans = 0;

  constructor(
    private readonly input: CoordinationInput,
    private readonly ordered: readonly RemainingOrder[],
    private readonly random: RandomStream,
  ) {
    const { shares, cash } = bookOf(input);
    this.shares = new Map(shares);
    this.cashCents = Math.round(cash * CENTS);
    this.now = input.asOf;
    this.sessions = sessionsAround(input.asOf);
    for (const { instrumentId, price } of input.market.requestFacts) this.prices.set(instrumentId, price!);
  }

  run(): SimulatedExecution {
    while (this.replans < REPLANS_MAX && this.remaining().length > 0) {
      const input = this.currentInput();
      const plan = replanExecution(input, this.remaining());
      this.replans += 1;
      if ('invalid' in plan) {
        this.faults.push(`cannot be planned again: ${plan.invalid.kind}`);
        break;
      }
      this.checkAccounts(plan.plans, plan.released);
      for (const { decisionId, quantity, reason } of plan.released) {
        this.released.set(decisionId, (this.released.get(decisionId) ?? 0) + quantity);
        this.releasedFor.push(reason);
      }
      this.execute(input, plan.plans);
    }
    const left = new Map(this.remaining().map(({ decisionId, quantity }) => [decisionId, quantity]));
    const orders = this.ordered.map(({ decisionId, quantity }): [string, SimulatedOrder] => {
      const [filled, released] = [this.filled.get(decisionId) ?? 0, this.released.get(decisionId) ?? 0];
      return [decisionId, { ordered: quantity, filled, released, cancelled: left.get(decisionId) ?? 0 }];
    });
    const { fills, cashCents, shares, replans, events, releasedFor, faults } = this;
    return { orders: new Map(orders), fills, cashCents, shares, replans, events, releasedFor, faults };
  }

  private remaining(): RemainingOrder[] {
    return this.ordered
      .map((order) => {
        const done = (this.filled.get(order.decisionId) ?? 0) + (this.released.get(order.decisionId) ?? 0);
        return { ...order, quantity: order.quantity - done };
      })
      .filter(({ quantity }) => quantity !== 0);
  }

  /** The coordination's input as of now: the book with the fills so far, the prices, the sessions that are left. */
  private currentInput(): CoordinationInput {
    const { market, portfolio } = this.input;
    const positions = [...this.shares]
      .filter(([, quantity]) => quantity !== 0)
      .map(([instrumentId, quantity]) => ({ instrumentId, quantity }));
    return {
      ...this.input,
      asOf: this.now,
      portfolio: { ...portfolio, positions, cash: this.cashCents / CENTS },
      market: {
        ...market,
        requestFacts: market.requestFacts.map((facts) => ({ ...facts, price: this.prices.get(facts.instrumentId)! })),
        calendar: { sessions: this.sessions.filter(({ closeAt }) => closeAt > this.now), ordinaryMs: 6 * HOUR_MS },
      },
    };
  }

  /** Works the slices in order of time until something happens that calls for another plan, or none is left. */
  private execute(input: CoordinationInput, plans: readonly PlannedOrder[]): void {
    const checker = new LimitChecker(input);
    const start = bookOf(input);
    const open = new Map(plans.map((plan) => [plan.decisionId, plan.quantity]));
    const slices = plans.flatMap((plan) => plan.timing.slices.map((slice) => ({ plan, ...slice })));
    slices.sort((a, b) => a.startAt - b.startAt || this.random.uniform() - 0.5);
    const first = slices[0];
    if (first === undefined) return;
    let at = first.startAt;
    for (const { plan, startAt, endAt, quantity } of slices) {
      if (startAt !== at && this.somethingHappens(at, startAt)) {
        this.now = startAt;
        return;
      }
      at = startAt;
      this.now = Math.max(this.now, endAt);
      if (startAt < input.asOf || !this.sessions.some(({ openAt, closeAt }) => openAt <= startAt && endAt <= closeAt)) {
        this.faults.push(`a slice from ${startAt} to ${endAt} is in no session after ${input.asOf}`);
      }
      const waits = plan.timing.dependsOn.some((id) => (open.get(id) ?? 0) !== 0);
      const shares = waits ? 0 : this.volumeFor(plan.instrumentId, quantity, startAt);
      if (shares === 0) continue;
      const signed = Math.sign(plan.quantity) * shares;
      open.set(plan.decisionId, open.get(plan.decisionId)! - signed);
      this.fill(input, plan, signed);
      const broken = checker.brokenSince(start, this.book());
      for (const { name, value, bound } of broken) {
        this.faults.push(`${name} is ${value} over ${bound} after a fill of ${plan.instrumentId}`);
      }
    }
  }

  private somethingHappens(from: number, to: number): boolean {
    const overnight = to - from > 2 * HOUR_MS;
    const chance = overnight ? 0.6 : 0.06;
    let happened = false;
    if (this.random.chance(chance)) {
      this.events[overnight ? 'GAP' : 'PRICE_MOVE'] += 1;
      this.movePrices(overnight ? 0.03 : 0.012);
      happened = true;
    }
    if (this.random.chance(0.04)) {
      const halted = this.random.pick([...this.prices.keys()]);
      this.haltedUntil.set(halted, to + this.random.between(0.5, 30) * HOUR_MS);
      this.events.HALT += 1;
      happened = true;
    }
    return happened;
  }

  private movePrices(size: number): void {
    const market = size * this.random.normal();
    for (const [id, price] of this.prices) {
      const moved = price * Math.max(0.5, 1 + market + size * this.random.normal());
      this.prices.set(id, Math.max(1, Math.round(CENTS * moved)) / CENTS);
    }
  }

  /** Shares of a slice that the market takes. */
  private volumeFor(instrumentId: string, quantity: number, at: number): number {
    if ((this.haltedUntil.get(instrumentId) ?? 0) > at) return 0;
    const luck = this.random.uniform();
    if (luck < 0.1) {
      this.events.DROUGHT += 1;
      return 0;
    }
    if (luck < 0.3) {
      this.events.PARTIAL_FILL += 1;
      return Math.floor(quantity * this.random.uniform());
    }
    return quantity;
  }

  private fill(input: CoordinationInput, plan: PlannedOrder, quantity: number): void {
    const { decisionId, instrumentId } = plan;
    const valueCents = Math.round(quantity * this.prices.get(instrumentId)! * CENTS);
    const costCents = Math.floor(this.random.uniform() * costOf(input, plan, quantity) * CENTS);
    this.fills.push({ decisionId, instrumentId, quantity, valueCents, costCents });
    this.cashCents -= valueCents + costCents;
    this.shares.set(instrumentId, (this.shares.get(instrumentId) ?? 0) + quantity);
    this.filled.set(decisionId, (this.filled.get(decisionId) ?? 0) + quantity);
  }

  private book(): Book {
    return { shares: this.shares, cash: this.cashCents / CENTS };
  }

  /** What is planned and what is released is what was left, in the same direction, and the slices are the plan. */
  private checkAccounts(plans: readonly PlannedOrder[], released: readonly RemainingOrder[]): void {
    for (const { decisionId, quantity } of this.remaining()) {
      const parts = [...plans, ...released].filter((part) => part.decisionId === decisionId);
      const total = parts.reduce((sum, part) => sum + part.quantity, 0);
      if (total !== quantity) this.faults.push(`${total} of ${quantity} left of ${decisionId} are planned or released`);
      if (parts.some((part) => part.quantity * quantity < 0)) this.faults.push(`${decisionId} is turned round`);
    }
    for (const { decisionId, quantity, timing } of plans) {
      const sliced = timing.slices.reduce((sum, slice) => sum + slice.quantity, 0);
      if (sliced !== Math.abs(quantity)) this.faults.push(`slices of ${sliced} for ${quantity} of ${decisionId}`);
    }
  }
}

/** The part of the cost of a whole order that falls on some of it, money: spread, fee and the square-root law. */
export function costOf({ market, parameters }: CoordinationInput, order: RemainingOrder, quantity: number): number {
  const facts = market.requestFacts.find(({ instrumentId }) => instrumentId === order.instrumentId)!;
  const whole = Math.abs(order.quantity);
  const rate = facts.halfSpread! + parameters.feeBps / 1e4 + facts.volatility! * Math.sqrt(whole / facts.adv!);
  return rate * facts.price! * Math.abs(quantity);
}

interface OpenHours {
  readonly openAt: number;
  readonly closeAt: number;
}

/** Ten weeks of sessions of six hours: weekends off, every fourth Wednesday a holiday, Fridays half days. */
function sessionsAround(start: number): OpenHours[] {
  const midnight = Math.floor(start / DAY_MS) * DAY_MS;
  return Array.from({ length: 70 }, (_, day) => day).flatMap((day) => {
    const weekday = day % 7;
    if (weekday > 4 || day % 28 === 2) return [];
    const openAt = midnight + day * DAY_MS + 14 * HOUR_MS;
    return [{ openAt, closeAt: openAt + (weekday === 4 ? 3 : 6) * HOUR_MS }];
  });
}
