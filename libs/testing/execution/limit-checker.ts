import type { CoordinationInput } from '#engine';

const Z_95 = 1.6448536;
/** of NAV: far below a share of any portfolio, far above the rounding of sums */
const TOLERANCE = 1e-7;

/** A limit on the state of a portfolio: kept while the value is not above the bound. */
export interface CheckedLimit {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
}

/** Shares by instrument and what is left of the cash. */
export interface Book {
  readonly shares: ReadonlyMap<string, number>;
  readonly cash: number;
}

/**
 * The limits of the model's section 4 on a portfolio at the prices of an input, in the plainest arithmetic: whole covariance
 * matrix, one sum a limit; nothing of it is the engine's. For inputs with a factor model, and prices on every instrument.
 */
export class LimitChecker {
  private readonly price = new Map<string, number>();
  private readonly sector = new Map<string, string>();
  private readonly covariance: (a: string, b: string) => number;
  readonly nav: number;
  /** the last book that others were compared with */
  private start: { readonly book: Book; readonly values: ReadonlyMap<string, number> } | null = null;

  constructor(private readonly input: CoordinationInput) {
    for (const { instrumentId, price, sector } of input.market.requestFacts) {
      this.price.set(instrumentId, price!);
      if (sector !== undefined) this.sector.set(instrumentId, sector);
    }
    for (const { instrumentId, price } of input.portfolio.positions) {
      if (price !== undefined) this.price.set(instrumentId, price);
    }
    this.covariance = covarianceOf(input);
    this.nav = this.valueOf(bookOf(input));
  }

  priceOf(instrumentId: string): number {
    return this.price.get(instrumentId)!;
  }

  valueOf({ shares, cash }: Book): number {
    return [...shares].reduce((sum, [id, quantity]) => sum + quantity * this.priceOf(id), cash);
  }

  /** Every limit of the book, as fractions of the input's NAV. */
  limitsAt({ shares, cash }: Book): CheckedLimit[] {
    const { parameters: p } = this.input;
    const weights = [...shares].map(([id, quantity]) => [id, (quantity * this.priceOf(id)) / this.nav] as const);
    const limits: CheckedLimit[] = [
      { name: 'cash', value: -cash / this.nav, bound: -p.cashBuffer },
      { name: 'risk', value: this.valueAtRisk(weights), bound: p.riskBudgetShare * p.riskBudgetLimit },
    ];
    if (p.allowShort) {
      limits.push({ name: 'gross', value: weights.reduce((sum, [, w]) => sum + Math.abs(w), 0), bound: p.maxGross });
    }
    const sectors = new Map<string, number>();
    for (const [id, w] of weights) {
      const sector = this.sector.get(id);
      if (sector !== undefined) sectors.set(sector, (sectors.get(sector) ?? 0) + w);
      const bounds = p.instrumentBounds[id];
      const upper = Math.min(p.maxPositionSize, bounds?.max ?? Infinity);
      const lower = Math.max(p.allowShort ? -p.maxPositionSize : 0, bounds?.min ?? -Infinity);
      limits.push({ name: `position:${id}`, value: w, bound: upper });
      limits.push({ name: `position:${id}:lower`, value: -w, bound: -Math.min(lower, upper) });
    }
    for (const [sector, value] of sectors) limits.push({ name: `sector:${sector}`, value, bound: p.maxSectorWeight });
    return limits;
  }

  /** The limits that a book breaks although, or more than, another one did. */
  brokenSince(start: Book, now: Book): CheckedLimit[] {
    if (this.start?.book !== start) {
      this.start = { book: start, values: new Map(this.limitsAt(start).map(({ name, value }) => [name, value])) };
    }
    const before = this.start.values;
    return this.limitsAt(now).filter(({ name, value, bound }) => {
      return value > Math.max(bound, before.get(name) ?? -Infinity) + TOLERANCE;
    });
  }

  private valueAtRisk(weights: readonly (readonly [string, number])[]): number {
    let variance = 0;
    for (const [a, wa] of weights) for (const [b, wb] of weights) variance += wa * wb * this.covariance(a, b);
    return Z_95 * Math.sqrt(Math.max(0, variance));
  }
}

export function bookOf({ portfolio }: CoordinationInput): Book {
  return {
    shares: new Map(portfolio.positions.map(({ instrumentId, quantity }) => [instrumentId, quantity])),
    cash: portfolio.cash,
  };
}

const covariances = new WeakMap<object, ReadonlyMap<string, ReadonlyMap<string, number>>>();

function covarianceOf({ market: { risk } }: CoordinationInput): (a: string, b: string) => number {
  if (risk.kind !== 'FACTOR_MODEL') throw new Error('the checker reads factor models');
  const { instruments, loadings, factorCovariance, specificVariance } = risk.model;
  const known =
    covariances.get(risk.model) ??
    new Map(
      instruments.map((a, i) => [
        a,
        new Map(
          instruments.map((b, j) => {
            let sum = i === j ? specificVariance[i]! : 0;
            loadings[i]!.forEach((left, f) =>
              loadings[j]!.forEach((right, g) => (sum += left * factorCovariance[f]![g]! * right)),
            );
            return [b, sum];
          }),
        ),
      ]),
    );
  covariances.set(risk.model, known);
  return (a, b) => known.get(a)!.get(b)!;
}
