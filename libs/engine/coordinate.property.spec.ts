import fc from 'fast-check';
import { coordinate } from './coordinate.js';
import { DAY_MS, given, type GivenCoordination, NOW } from './coordination.fixture.js';
import type { CoordinationInput } from './input.js';
import type { CoordinationResult } from './result.js';
import { buildUniverse } from './risk/index.js';
import { synthesise } from './signals/index.js';
import { solve } from './solver/index.js';
import type { Universe } from './universe.js';
import { verifyPortfolio } from './verify/index.js';

/** Even over the range: fc.double prefers the smallest numbers there are. */
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((part) => min + ((max - min) * part) / 1000);
const share = (max: number): fc.Arbitrary<number> => between(0, max);
const SECTORS = ['Energy', 'Health', 'Banks', undefined, undefined];

const instrument = fc.record({
  price: fc.integer({ min: 1, max: 500 }),
  weight: fc.oneof(fc.constant(0), share(0.3)),
  sigma: between(0.003, 0.05),
  adv: fc.constantFrom(1e3, 1e5, 1e8),
  halfSpread: fc.constantFrom(0, 0.0002, 0.003),
  sector: fc.constantFrom(...SECTORS),
  lotSize: fc.constantFrom(1, 1, 10, 100),
  taxLots: fc.boolean(),
  /** odd lots: shares beyond whole lots */
  odd: fc.integer({ min: 0, max: 9 }),
});

const signal = fc.record({
  on: fc.nat({ max: 7 }),
  action: fc.constantFrom('BUY' as const, 'SELL' as const, 'HOLD' as const),
  strength: share(1),
  confidence: between(0.2, 1),
  source: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  age: share(2),
});

const request = fc.record({
  on: fc.nat({ max: 7 }),
  weight: share(0.3),
  priority: fc.integer({ min: 1, max: 10 }),
  /** days from now: none, past, due, near, far */
  deadline: fc.constantFrom(undefined, undefined, -2, 0, 3, 40),
  tolerance: fc.constantFrom(undefined, 0, 0.01),
  /** of NAV, and in how many days */
  flow: fc.constantFrom(undefined, undefined, undefined, [-0.2, 0], [-0.9, 0], [-0.2, 4], [0.1, 4]),
});

const parameters = fc.record({
  maxPositionSize: between(0.05, 0.5),
  correlationThreshold: between(0.1, 1),
  riskBudgetLimit: between(0.005, 0.06),
  maxTurnover: between(0, 1),
  maxSectorWeight: between(0.05, 1),
  cashBuffer: share(0.2),
  maxParticipation: between(0.01, 0.3),
  riskAversion: between(0, 30),
  minTradeNotional: fc.constantFrom(0, 500, 20_000),
  feeBps: fc.constantFrom(0, 2),
  allowShort: fc.boolean(),
  tradeUniverse: fc.constantFrom('SIGNALLED' as const, 'ALL' as const),
  tax: fc.constantFrom(
    { shortTermRate: 0, longTermRate: 0, harvest: false },
    { shortTermRate: 0.4, longTermRate: 0.2, harvest: true },
    {
      shortTermRate: 0.05,
      longTermRate: 0.02,
      harvest: true,
      lotMethod: 'FIFO' as const,
      gainBudget: { total: 10_000 },
    },
    {
      shortTermRate: 0.05,
      longTermRate: 0.02,
      harvest: false,
      lotMethod: 'HIFO' as const,
      gainBudget: { shortTerm: 0 },
    },
    {
      shortTermRate: 0.3,
      longTermRate: 0.1,
      harvest: true,
      lotMethod: 'SPECIFIC' as const,
      gainBudget: { longTerm: 0, total: 5_000 },
    },
  ),
  restricted: fc.constantFrom([], [], ['I1']),
});

const world = fc.record({
  instruments: fc.array(instrument, { minLength: 1, maxLength: 8 }),
  cash: between(0.02, 1),
  signals: fc.array(signal, { maxLength: 10 }),
  requests: fc.array(request, { maxLength: 2 }),
  parameters,
  common: share(0.95),
  /** of the tax year so far, and days from now of a purchase elsewhere */
  realised: fc.constantFrom(0, 0, 4_000, 20_000),
  boughtElsewhere: fc.integer({ min: -60, max: 60 }),
});
type World = typeof world extends fc.Arbitrary<infer Value> ? Value : never;

const NAV = 1_000_000;

function toGiven({
  instruments,
  cash,
  signals,
  requests,
  realised,
  boughtElsewhere,
  ...rest
}: World): GivenCoordination {
  const idOf = (on: number): string => `I${on % instruments.length}`;
  return {
    ...rest,
    instruments: instruments.map(({ price, weight, odd, lotSize, taxLots, sector, ...facts }, i) => {
      const held = lotSize * Math.floor((weight * NAV) / price / lotSize) + (odd % lotSize);
      const older = Math.ceil(held / 2);
      const lots = [
        { lotId: `old${i}`, quantity: older, costBasis: price * 0.7, acquiredAt: NOW - 400 * DAY_MS },
        {
          lotId: `new${i}`,
          quantity: held - older,
          costBasis: price * (i % 2 === 0 ? 1.2 : 0.9),
          acquiredAt: NOW - 100 * DAY_MS,
        },
      ];
      return {
        ...facts,
        id: `I${i}`,
        price,
        lotSize,
        held,
        ...(sector === undefined ? {} : { sector }),
        ...(taxLots && held > 1 ? { taxLots: lots } : {}),
      };
    }),
    cash: cash * NAV,
    signals: signals.map(({ on, age, ...given }) => ({ ...given, on: idOf(on), generatedAt: NOW - age * DAY_MS })),
    requests: requests.map(({ on, weight, priority, deadline, tolerance, flow }, r) => ({
      rebalanceId: `rb${r}`,
      targets: [{ instrumentId: idOf(on), targetWeight: weight }],
      priority,
      ...(deadline === undefined ? {} : { deadline: NOW + deadline * DAY_MS }),
      ...(tolerance === undefined ? {} : { tolerance }),
      ...(flow === undefined ? {} : { cashFlow: { amount: flow[0] * NAV, at: NOW + flow[1] * DAY_MS } }),
    })),
    tax: {
      recordedTrades: [{ account: 'x', instrumentId: 'I0', quantity: 5, tradedAt: NOW + boughtElsewhere * DAY_MS }],
      realisedToDate: { shortTerm: realised, longTerm: 0 },
      lotsToSell: [{ instrumentId: 'I1', lotIds: ['new1'] }],
    },
  };
}

/** besides the names of the answer's limits */
const WHY_LEFT =
  /^(restricted|correlation|liquidity|hold_all|lot_size|cost|tax|signals|risk_of_trade|position:.*|request:.*)$/;

function answer(input: CoordinationInput): CoordinationResult {
  const result = coordinate(input, solve);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  return result;
}

function universeOf(input: CoordinationInput): Universe {
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return built.universe;
}

function tradesOf(universe: Universe, { decisions }: CoordinationResult): Float64Array {
  const trades = new Float64Array(universe.n);
  for (const { instrumentId, action, quantity } of decisions) {
    trades[universe.index.get(instrumentId)!] = action === 'SELL' ? -quantity : quantity;
  }
  return trades;
}

const check = (property: (input: CoordinationInput, world: World) => void, numRuns = 150): void =>
  fc.assert(
    fc.property(world, (w) => property(given(toGiven(w)), w)),
    { numRuns, seed: 20_240_603 },
  );

describe('whatever the input', () => {
  it('the independent verifier accepts the portfolio, and no limit ends more broken than it began', () => {
    check((input) => {
      const result = answer(input);
      const universe = universeOf(input);
      const accepted = synthesise(input, universe).accepted;
      const lots = new Map(result.decisions.map((decision) => [decision.instrumentId, decision.lots ?? []]));
      const lotsSold = (i: number) => lots.get(universe.ids[i]!) ?? [];
      const verified = verifyPortfolio(input, universe, accepted, tradesOf(universe, result), lotsSold);
      expect(verified.refusals).toEqual([]);
      expect(result.status === 'OPTIMAL').toBe(verified.allHold);
      expect(result.warnings.filter((warning) => warning.includes('verifier'))).toEqual([]);
    });
  });

  it('orders are whole lots of at least the minimum notional, or close an odd position', () => {
    check((input) => {
      const universe = universeOf(input);
      for (const { instrumentId, quantity, action } of answer(input).decisions) {
        const i = universe.index.get(instrumentId)!;
        expect(quantity > 0).toBe(action !== 'HOLD');
        expect(quantity === 0 || quantity * universe.price[i]! >= input.parameters.minTradeNotional).toBe(true);
        const closes = quantity === Math.abs(universe.quantity[i]!);
        expect(closes || quantity % universe.lotSize[i]! === 0).toBe(true);
      }
    });
  });

  it('every signal that is not followed has a code and a sentence, and no signal that is', () => {
    check((input) => {
      const result = answer(input);
      const actions = new Map(result.decisions.map(({ instrumentId, action }) => [instrumentId, action]));
      const rejected = new Map(result.rejectedSignals.map((r) => [r.signalId, r]));
      for (const { signalId, instrumentId, action } of input.signals) {
        const refusal = rejected.get(signalId);
        if (actions.get(instrumentId) !== action) expect(refusal).toBeDefined();
        else if (refusal !== undefined) expect(SCREENED).toContain(refusal.code);
        if (refusal !== undefined) expect(refusal.reason).toMatch(/^[A-Z0-9a-z].*\.$/);
      }
    });
  });

  it('every rebalance request has an account: done from nothing to all, and what is left with what stands in its way', () => {
    check((input) => {
      const { rebalances, limits } = answer(input);
      expect(rebalances.map(({ rebalanceId }) => rebalanceId)).toEqual(
        input.rebalanceRequests.map(({ rebalanceId }) => rebalanceId),
      );
      for (const { done, left, status, costBps, noTradeBand, bestTime, cashLeft = 0 } of rebalances) {
        expect(done).toBeGreaterThanOrEqual(0);
        expect(done).toBeLessThanOrEqual(1);
        expect(costBps).toBeGreaterThanOrEqual(0);
        expect(cashLeft).toBeGreaterThanOrEqual(0);
        for (const { lower, upper } of noTradeBand) expect(lower).toBeLessThanOrEqual(upper);
        if (status === 'DONE') expect([left, bestTime]).toEqual([[], undefined]);
        for (const { why, weightLeft } of left) {
          expect(Math.abs(weightLeft)).toBeGreaterThan(0);
          expect(WHY_LEFT.test(why) || limits.some(({ name }) => name === why)).toBe(true);
        }
        expect(bestTime === undefined).toBe(left.length === 0);
        if (bestTime?.at !== undefined) expect(bestTime.at).toBeGreaterThan(input.asOf);
      }
    });
  });

  it('the parts of a shortfall add up', () => {
    check((input) => {
      for (const { shortfall } of answer(input).rejectedSignals) {
        if (shortfall === undefined) continue;
        const { marginalRiskBps, limits, costBps, breakEvenBps } = shortfall;
        const sum = Object.values(limits).reduce((total, price) => total + price, marginalRiskBps) + costBps;
        expect(sum).toBe(breakEvenBps);
      }
    });
  });

  it('the bound is above the utility, the quality between 0 and 1, and every number finite', () => {
    check((input) => {
      const { summary, optimalityGapBps, decisions, limits, rejectedSignals } = answer(input);
      expect(optimalityGapBps).toBeGreaterThanOrEqual(0);
      expect(summary.utilityBound).toBeGreaterThanOrEqual(summary.utility);
      expect(summary.coordinationQuality).toBeGreaterThanOrEqual(0);
      expect(summary.coordinationQuality).toBeLessThanOrEqual(1);
      const text = JSON.stringify({ summary, decisions, limits, rejectedSignals }, (_, value: unknown) =>
        typeof value === 'number' && !Number.isFinite(value) ? 'NOT FINITE' : value,
      );
      expect(text).not.toContain('NOT FINITE');
      expect(text).not.toMatch(/NaN|Infinity|undefined/);
    });
  });

  it('the order of signals, positions and instruments has no say', () => {
    check((input) => {
      const turned: CoordinationInput = {
        ...input,
        signals: [...input.signals].reverse(),
        portfolio: { ...input.portfolio, positions: [...input.portfolio.positions].reverse() },
        rebalanceRequests: [...input.rebalanceRequests].reverse(),
        market: { ...input.market, requestFacts: [...input.market.requestFacts].reverse() },
      };
      const quantities = ({ decisions }: CoordinationResult) =>
        decisions.map(({ instrumentId, action, quantity }) => [instrumentId, action, quantity]).sort();
      expect(quantities(answer(turned))).toEqual(quantities(answer(input)));
    }, 100);
  });

  it('the same input gives the same bytes', () => {
    check((input) => expect(JSON.stringify(answer(input))).toBe(JSON.stringify(answer(input))), 50);
  });

  it('without signals and requests everything is held wherever the limits hold', () => {
    let held = 0;
    check((input) => {
      const result = answer({ ...input, signals: [], rebalanceRequests: [] });
      const anyBroken = result.limits.some(({ brokenBefore }) => brokenBefore);
      if (anyBroken) return;
      held += 1;
      expect(result.decisions).toEqual([]);
      expect(result.summary).toMatchObject({ turnover: 0, utility: 0, coordinationQuality: 1 });
    });
    expect(held).toBeGreaterThan(15);
  });

  it('realised gains stay within their budgets, or where they were if these were used up before', () => {
    const counts = { budgets: 0, priced: 0 };
    check((input) => {
      const { limits, gainPrices } = answer(input);
      const nav = universeOf(input).nav;
      const before = input.tax!.realisedToDate.shortTerm / nav;
      for (const { name, value, bound } of limits.filter((limit) => limit.name.startsWith('gains:'))) {
        counts.budgets += 1;
        const start = name === 'gains:long_term' ? 0 : before;
        expect(value).toBeLessThanOrEqual(Math.max(bound, start) + 1e-9);
      }
      counts.priced += gainPrices.filter(({ price }) => price > 0).length;
    });
    expect(counts.budgets).toBeGreaterThan(60);
    expect(counts.priced).toBeGreaterThan(0);
  });

  it('slices add up to the order, and whatever it depends on comes earlier', () => {
    check((input) => {
      const { decisions } = answer(input);
      const ends = new Map<string, number>();
      for (const { decisionId, quantity, timing } of decisions) {
        expect(timing.slices.reduce((sum, slice) => sum + slice.quantity, 0)).toBeCloseTo(quantity, 9);
        for (const needed of timing.dependsOn) expect(ends.get(needed)).toBeLessThanOrEqual(timing.startAt);
        ends.set(decisionId, timing.endAt);
      }
    });
  });
});

const SCREENED = ['DUPLICATE', 'FROM_FUTURE', 'EXPIRED', 'UNKNOWN_INSTRUMENT', 'RESTRICTED', 'LOW_CONFIDENCE'];
