import type { CoordinatedTradingDecision, CoordinationParameters, MarketData, PortfolioState } from '#domain';

/** The defaults of mode BALANCED, written down once more: a check that read the service's table would check nothing. */
const BALANCED = {
  max_position_size: 0.05,
  correlation_threshold: 0.8,
  risk_budget_limit: 0.02,
  risk_budget_share: 0.9,
  max_turnover: 0.25,
  max_sector_weight: 0.3,
  cash_buffer: 0.01,
  max_participation: 0.1,
  execution_days: 1,
} as const;
const Z_95 = 1.6448536;
const TOLERANCE = 1e-9;

export interface CheckedRequest {
  readonly portfolio_state: PortfolioState;
  readonly market_data: MarketData;
  readonly coordination_parameters?: CoordinationParameters;
}

/**
 * Every limit of the model's section 4 from the wire alone, long only, mode BALANCED, without a line of the engine: what
 * the decisions break, one sentence each. A limit that was broken before may not be more broken.
 */
export function brokenLimits(request: CheckedRequest, decisions: readonly CoordinatedTradingDecision[]): string[] {
  const limits = { ...BALANCED, ...request.coordination_parameters };
  const book = bookOf(request, decisions);
  const broken: string[] = [];
  const check = (name: string, before: number, after: number, bound: number): void => {
    if (!(after <= Math.max(before, bound) + TOLERANCE))
      broken.push(`${name}: ${after} where ${bound} is allowed (was ${before})`);
  };
  for (const row of book.rows) {
    check(`position ${row.id}`, row.before, row.after, limits.max_position_size);
    if (row.after < -TOLERANCE) broken.push(`${row.id} is sold short`);
    if (Math.abs(row.shares / row.lot - Math.round(row.shares / row.lot)) > 1e-6)
      broken.push(`${row.id} trades part of a lot`);
    const daily = limits.max_participation * row.adv * row.price * limits.execution_days;
    check(`liquidity of ${row.id}`, 0, Math.abs(row.shares) * row.price, daily);
    if (row.after > row.before + TOLERANCE && book.correlationWithRest(row) > limits.correlation_threshold + 1e-9) {
      broken.push(`${row.id} is increased although its correlation is ${book.correlationWithRest(row)}`);
    }
  }
  check(
    'turnover',
    0,
    sum(book.rows, (row) => Math.abs(row.after - row.before)),
    limits.max_turnover,
  );
  check(
    'cash',
    sum(book.rows, (row) => row.before),
    sum(book.rows, (row) => row.after) + book.costs,
    1 - limits.cash_buffer,
  );
  for (const sector of new Set(book.rows.map((row) => row.sector))) {
    const members = book.rows.filter((row) => row.sector === sector);
    check(
      `sector ${sector}`,
      sum(members, (row) => row.before),
      sum(members, (row) => row.after),
      limits.max_sector_weight,
    );
  }
  const budget = limits.risk_budget_limit * limits.risk_budget_share;
  check('risk', Z_95 * book.volatility('before'), Z_95 * book.volatility('after'), budget);
  return broken;
}

interface Row {
  readonly id: string;
  readonly index: number;
  readonly sector: string;
  readonly price: number;
  readonly adv: number;
  readonly lot: number;
  /** signed */
  readonly shares: number;
  readonly before: number;
  readonly after: number;
}

interface Book {
  readonly rows: readonly Row[];
  /** of trading, as a fraction of NAV */
  readonly costs: number;
  volatility(when: 'before' | 'after'): number;
  /** of the instrument with everything else after trading */
  correlationWithRest(row: Row): number;
}

function bookOf(
  { portfolio_state, market_data }: CheckedRequest,
  decisions: readonly CoordinatedTradingDecision[],
): Book {
  const held = new Map(portfolio_state.positions.map((position) => [position.instrument_id, position]));
  const traded = new Map(decisions.map((d) => [d.instrument_id, d.action === 'SELL' ? -d.quantity : d.quantity]));
  const facts = market_data.instruments;
  const priceOf = (i: number): number => held.get(facts[i]?.instrument_id ?? '')?.price ?? (facts[i]?.price as number);
  const nav = facts.reduce(
    (total, fact, i) => total + (held.get(fact.instrument_id)?.quantity ?? 0) * priceOf(i),
    portfolio_state.cash,
  );
  let costs = 0;
  const rows = facts.map((fact, index): Row => {
    const {
      instrument_id: id,
      sector = '',
      adv = Infinity,
      lot_size: lot = 1,
      half_spread = 0.0005,
      volatility = 0.02,
    } = fact;
    const price = priceOf(index);
    const quantity = held.get(id)?.quantity ?? 0;
    const shares = traded.get(id) ?? 0;
    const x = (Math.abs(shares) * price) / nav;
    costs += half_spread * x + volatility * Math.sqrt(nav / (price * adv)) * x * Math.sqrt(x);
    const [before, after] = [(quantity * price) / nav, ((quantity + shares) * price) / nav];
    return { id, index, sector, price, adv, lot, shares, before, after };
  });
  const covariance = covarianceOf(market_data);
  const variance = (weights: readonly number[]): number =>
    weights.reduce((total, weight, i) => total + weight * dot(covariance[i] as Float64Array, weights), 0);
  const after = rows.map((row) => row.after);
  return {
    rows,
    costs,
    volatility: (when) => Math.sqrt(variance(rows.map((row) => row[when]))),
    correlationWithRest: ({ index }) => {
      const rest = after.map((weight, i) => (i === index ? 0 : weight));
      const own = covariance[index] as Float64Array;
      return dot(own, rest) / Math.sqrt((own[index] as number) * variance(rest));
    },
  };
}

/** Dense, in the order of the instruments. */
function covarianceOf({ instruments, factor_model: model }: MarketData): Float64Array[] {
  if (model === undefined) throw new Error('the check needs a factor model');
  const place = new Map(model.instruments.map((id, i) => [id, i]));
  const order = instruments.map(({ instrument_id: id }) => place.get(id) as number);
  const { loadings, factor_covariance: f, specific_variance: d } = model;
  const scaled = loadings.map((row) =>
    f.map((_, g) => row.reduce((total, x, h) => total + x * (f[h]?.[g] as number), 0)),
  );
  return order.map((i) =>
    Float64Array.from(
      order,
      (j) => dot(scaled[i] as number[], loadings[j] as number[]) + (i === j ? (d[i] as number) : 0),
    ),
  );
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] as number) * (b[i] as number);
  return total;
}

const sum = (rows: readonly Row[], value: (row: Row) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);
