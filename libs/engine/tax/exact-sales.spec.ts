import fc from 'fast-check';
import { DAY_MS, given, NOW } from '../coordination.fixture.js';
import type { CoordinationInput, LotMethod, TaxLot } from '../input.js';
import { choosePortfolio, lotsSold, type Mandate, mandateOf, utilityOf } from '../optimisation/index.js';
import { buildUniverse } from '../risk/index.js';
import { synthesise } from '../signals/index.js';
import { solve } from '../solver/index.js';
import { verifyPortfolio } from '../verify/index.js';

const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1000 }).map((part) => min + ((max - min) * part) / 1000);

const anyLot = fc.record({
  quantity: fc.integer({ min: 1, max: 3 }),
  basis: between(0.4, 1.4),
  days: fc.constantFrom(20, 60, 200, 340, 400, 900),
});

/** A small account that mostly sells: a share is one to four per cent of it. */
const account = fc.record({
  instruments: fc.array(
    fc.record({
      price: fc.integer({ min: 200, max: 600 }),
      lots: fc.array(anyLot, { maxLength: 3 }),
      sigma: between(0.008, 0.03),
      strength: between(0.3, 1),
      action: fc.constantFrom('SELL' as const, 'SELL' as const, 'SELL' as const, 'BUY' as const),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  spare: fc.integer({ min: 1000, max: 4000 }),
  maxTurnover: between(0.1, 1),
  riskAversion: between(1, 20),
  method: fc.constantFrom<LotMethod>('LEAST_TAX', 'HIFO', 'FIFO', 'SPECIFIC'),
  rates: fc.constantFrom(
    { shortTermRate: 0.02, longTermRate: 0.008 },
    { shortTermRate: 0, longTermRate: 0 },
    { shortTermRate: 0.3, longTermRate: 0.15 },
  ),
  harvest: fc.boolean(),
  budget: fc.constantFrom('NONE', 'TOTAL', 'SHORT', 'BOTH'),
  room: between(0, 0.06),
});
type Account = typeof account extends fc.Arbitrary<infer Value> ? Value : never;

function toInput({
  instruments,
  spare,
  method,
  rates,
  harvest,
  budget,
  room,
  ...parameters
}: Account): CoordinationInput {
  const money = Math.round(20_000 * room);
  const gainBudget = {
    ...(budget === 'TOTAL' || budget === 'BOTH' ? { total: money } : {}),
    ...(budget === 'SHORT' || budget === 'BOTH' ? { shortTerm: Math.round(money / 3) } : {}),
  };
  const lotsOf = (i: number): TaxLot[] =>
    instruments[i]!.lots.map(({ quantity, basis, days }, l) => ({
      lotId: `I${i}-${l}`,
      quantity,
      costBasis: Math.round(instruments[i]!.price * basis),
      acquiredAt: NOW - days * DAY_MS,
    }));
  const world = instruments.map(({ price, sigma }, i) => {
    const taxLots = lotsOf(i);
    const held = taxLots.reduce((sum, { quantity }) => sum + quantity, 0);
    return { id: `I${i}`, price, sigma, adv: 1e9, held, taxLots };
  });
  return given({
    instruments: world,
    cash: spare,
    signals: instruments.map(({ strength, action }, i) => ({ on: `I${i}`, strength, action })),
    parameters: {
      ...parameters,
      maxPositionSize: 1,
      riskBudgetLimit: 0.2,
      maxSectorWeight: 1,
      correlationThreshold: 1,
      tax: { ...rates, harvest, lotMethod: method, gainBudget },
    },
    // the youngest first: an order of its own
    tax: { lotsToSell: world.map(({ id, taxLots }) => ({ instrumentId: id, lotIds: taxLots.map(({ lotId }) => lotId).reverse() })) }, // prettier-ignore
  });
}

function mandateFor(world: Account): Mandate {
  const input = toInput(world);
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return mandateOf(input, built.universe, synthesise(input, built.universe));
}

/** Section 4 of the model in the plainest way, tax lot by lot as the verifier accepts them; money left out. */
function plainUtility(mandate: Mandate, trades: Float64Array): number {
  const { universe, parameters, alpha, input } = mandate;
  const { price, nav, risk } = universe;
  const h = parameters.horizonDays;
  const exposures = new Array<number>(risk.k).fill(0);
  let [sum, specific] = [0, 0];
  trades.forEach((t, i) => {
    const x = (t * price[i]!) / nav;
    const size = Math.abs(x);
    sum += alpha[i]! * x - mandate.costLinear[i]! * size - mandate.costImpact[i]! * size * Math.sqrt(size);
    specific += risk.specific[i]! * x * x;
    for (let j = 0; j < risk.k; j += 1) exposures[j]! += risk.loadings[i * risk.k + j]! * x;
    const mayBuy = mandate.directions.buy[i] === 1;
    for (const { lotId, quantity } of lotsSold(mandate, trades, i)) {
      const lot = universe.taxLots[i]!.find((each) => each.lotId === lotId)!;
      const gain = (quantity * (price[i]! - lot.costBasis)) / nav;
      const recent = universe.taxLots[i]!.some((each) => input.asOf - each.acquiredAt <= 30 * DAY_MS);
      if (gain < 0 && (recent || mayBuy || !parameters.tax.harvest)) continue;
      const isLong = input.asOf - lot.acquiredAt > 365 * DAY_MS;
      sum -= gain * (isLong ? parameters.tax.longTermRate : parameters.tax.shortTermRate);
    }
  });
  const variance = exposures.reduce((total, y) => total + y * y, specific);
  return sum - (parameters.riskAversion / 2) * h * variance;
}

/** The best utility over every portfolio of whole shares that the verifier accepts. */
function enumerate(mandate: Mandate): number {
  const { input, universe, synthesis, directions } = mandate;
  const trades = new Float64Array(universe.n);
  let best = -Infinity;
  const visit = (i: number): void => {
    if (i === universe.n) {
      const utility = plainUtility(mandate, trades);
      if (utility <= best) return;
      const lots = (j: number) => lotsSold(mandate, trades, j);
      if (verifyPortfolio(input, universe, synthesis.accepted, trades, lots).refusals.length === 0) best = utility;
      return;
    }
    const most = directions.buy[i] === 1 ? 6 : 0;
    for (let t = directions.sell[i] === 1 ? -universe.quantity[i]! : 0; t <= most; t += 1) {
      trades[i] = t + 0;
      visit(i + 1);
    }
    trades[i] = 0;
  };
  visit(0);
  return best;
}

describe('sales of tax lots in small accounts, against every possible portfolio', () => {
  it('are the best ones by every method, within the budgets, and the certificate bounds them', () => {
    const losses: number[] = [];
    const [sold, bound] = [new Map<string, number>(), new Map<string, number>()];
    fc.assert(
      fc.property(account, (world) => {
        const mandate = mandateFor(world);
        const choice = choosePortfolio(mandate, solve);
        const utility = utilityOf(mandate, choice);
        expect(choice.check.refusals).toEqual([]);
        expect(choice.warnings).toEqual([]);
        expect(utility).toBeCloseTo(plainUtility(mandate, choice.trades), 12);
        for (const { kind, value, bound: budget } of choice.check.limits) {
          if (kind === 'gains') expect(value).toBeLessThanOrEqual(budget + 1e-11);
        }
        const best = enumerate(mandate);
        expect(choice.solution.bound + choice.roomValue).toBeGreaterThanOrEqual(best - 1e-12);
        losses.push(1e4 * (best - utility));
        const count = (counts: Map<string, number>, when: boolean): void => {
          if (when) counts.set(world.method, (counts.get(world.method) ?? 0) + 1);
        };
        count(
          sold,
          choice.trades.some((t) => t < 0),
        );
        count(
          bound,
          choice.prices.some((price) => price > 0),
        );
      }),
      { numRuns: 320, seed: 17 },
    );
    expect(Math.max(...losses)).toBeLessThan(1e-6);
    for (const method of ['LEAST_TAX', 'HIFO', 'FIFO', 'SPECIFIC']) {
      expect(sold.get(method)).toBeGreaterThan(10);
      expect(bound.get(method)).toBeGreaterThan(5);
    }
  });
});
