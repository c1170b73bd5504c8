import type {
  CoordinationInput,
  FactorModel,
  InstrumentFacts,
  Parameters,
  Position,
  RebalanceRequest,
  RiskInput,
  Signal,
  TaxLot,
} from '#engine';
import { AS_OF, coordinationInput, DAY_MS } from '../coordination-input.js';
import { RandomStream } from './random-stream.js';

/** What a generated coordination is like; what is left out is ordinary. */
export interface GeneratedBook {
  readonly seed: number;
  readonly instruments: number;
  readonly signals: number;
  /** money, default 50 million */
  readonly nav?: number;
  /** share of NAV in positions, default 0.95 */
  readonly invested?: number;
  /** share of the instruments that are held, default 0.4 */
  readonly held?: number;
  /** the largest weight held, default 0.04 */
  readonly largestWeight?: number;
  /** share of the positions that are short, default 0 */
  readonly short?: number;
  /** shares a lot, default 1 */
  readonly lotSize?: number;
  /** targets of one rebalance request, default 0 */
  readonly targets?: number;
  /** tax lots on every position */
  readonly taxLots?: boolean;
  /** signals that screening has to refuse among the others */
  readonly blemishes?: boolean;
  /** what is known of risk, default a factor model of 15 factors */
  readonly risk?: RiskInput['kind'];
  readonly parameters?: Partial<Parameters>;
}

const SECTORS = 11;
const FACTORS_MAX = 15;
const SOURCES = ['momentum', 'value', 'revisions', 'reversal', 'news', 'quality'] as const;
const HORIZONS = [3, 5, 10, 20] as const;

/**
 * A market, a portfolio and signals on it. The same book gives the same input to the last bit on every machine: only
 * + - * / and square roots are used.
 */
export function generatedInput(book: GeneratedBook): CoordinationInput {
  const random = new RandomStream(book.seed);
  const facts = drawFacts(random, book);
  const model = drawFactorModel(random, facts);
  const risk = riskInput(book.risk ?? 'FACTOR_MODEL', model);
  const weights = drawWeights(random, book);
  const nav = book.nav ?? 50_000_000;
  const positions = facts.flatMap((fact, i) => drawPosition(random, book, fact, weights[i]! * nav));
  const spent = positions.reduce((sum, { quantity, price }) => sum + quantity * price!, 0);
  return coordinationInput({
    portfolio: { portfolioId: 'generated', cash: nav - spent, positions },
    market: { requestFacts: facts.map((fact, i) => ({ ...fact, volatility: volatility(model, i) })), risk },
    signals: drawSignals(random, book, facts, weights),
    rebalanceRequests: drawTargets(random, book, facts),
    ...(book.parameters === undefined ? {} : { parameters: book.parameters }),
  });
}

type Facts = InstrumentFacts & { readonly price: number };

function drawFacts(random: RandomStream, { instruments, lotSize = 1 }: GeneratedBook): Facts[] {
  return Array.from({ length: instruments }, (_, i) => {
    const price = Math.round(100 * random.between(8, 250)) / 100;
    const size = random.uniform();
    return {
      instrumentId: `I${String(i).padStart(4, '0')}`,
      price,
      sector: `sector ${random.integer(SECTORS)}`,
      adv: Math.round((2e6 + 4e8 * size * size * size) / price),
      halfSpread: Math.round(1e6 * random.between(0.0001, 0.0008)) / 1e6,
      lotSize,
    };
  });
}

/** A market factor of about 0.9 % a day, weaker others, and 0.8 to 2.5 % a day of each instrument's own. */
function drawFactorModel(random: RandomStream, facts: readonly Facts[]): FactorModel {
  const k = Math.min(FACTORS_MAX, facts.length);
  const factors = Array.from({ length: k }, (_, f) => f);
  return {
    id: 'inline',
    instruments: facts.map(({ instrumentId }) => instrumentId),
    loadings: facts.map(() => factors.map((f) => (f === 0 ? 1 + 0.25 * random.normal() : 0.4 * random.normal()))),
    factorCovariance: factors.map((f) => factors.map((g) => (f !== g ? 0 : f === 0 ? 8e-5 : 4e-5 / (1 + 0.3 * f)))),
    specificVariance: facts.map(() => {
      const own = random.between(0.008, 0.025);
      return own * own;
    }),
    regime: 'NORMAL',
  };
}

function riskInput(kind: RiskInput['kind'], model: FactorModel): RiskInput {
  if (kind === 'PRIOR') return { kind };
  if (kind === 'FACTOR_MODEL') return { kind, origin: 'REQUEST', model };
  const values = model.instruments.map((_, i) =>
    model.instruments.map((_, j) =>
      i === j ? 1 : covariance(model, i, j) / (volatility(model, i) * volatility(model, j)),
    ),
  );
  return { kind, instruments: model.instruments, values };
}

/** The factor covariance is diagonal. */
function covariance({ loadings, factorCovariance, specificVariance }: FactorModel, i: number, j: number): number {
  const own = i === j ? specificVariance[i]! : 0;
  return loadings[i]!.reduce((sum, loading, f) => sum + loading * loadings[j]![f]! * factorCovariance[f]![f]!, own);
}

function volatility(model: FactorModel, i: number): number {
  return Math.sqrt(covariance(model, i, i));
}

/** Weights of the chosen instruments, as many as it takes, so that none is above the largest. */
function drawWeights(random: RandomStream, book: GeneratedBook): number[] {
  const { instruments, invested = 0.95, held = 0.4, largestWeight = 0.04, short = 0 } = book;
  const sizes = Array.from({ length: instruments }, () => (random.chance(held) ? random.between(0.1, 1) : 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return sizes.map((size) => {
    const weight = Math.min(largestWeight, (invested * size) / Math.max(total, 1e-9));
    return random.chance(short) ? -weight : weight;
  });
}

function drawPosition(
  random: RandomStream,
  book: GeneratedBook,
  { instrumentId, price }: Facts,
  value: number,
): Position[] {
  const lot = book.lotSize ?? 1;
  const quantity = Math.sign(value) * lot * Math.floor(Math.abs(value) / price / lot);
  if (quantity === 0) return [];
  return [
    {
      instrumentId,
      quantity,
      price,
      ...(book.taxLots === true ? { taxLots: drawTaxLots(random, quantity, price) } : {}),
    },
  ];
}

/** An older lot, mostly at a gain, and a newer one either way. */
function drawTaxLots(random: RandomStream, quantity: number, price: number): TaxLot[] {
  const older = Math.floor(quantity * random.between(0.3, 0.9));
  const lot = (lotId: string, shares: number, basis: number, days: number): TaxLot => ({
    lotId,
    quantity: shares,
    costBasis: Math.round(100 * price * basis) / 100,
    acquiredAt: AS_OF - days * DAY_MS,
  });
  return [
    lot('older', older, random.between(0.5, 1.1), 380 + random.integer(1000)),
    lot('newer', quantity - older, random.between(0.8, 1.25), 10 + random.integer(300)),
  ].filter((each) => each.quantity > 0);
}

/** Two in three say BUY, of anything; the others mostly SELL what is held; a few HOLD. */
function drawSignals(
  random: RandomStream,
  book: GeneratedBook,
  facts: readonly Facts[],
  weights: readonly number[],
): Signal[] {
  const held = facts.filter((_, i) => weights[i]! !== 0);
  const signals = Array.from({ length: book.signals }, (_, s): Signal => {
    const selling = random.chance(0.33);
    const { instrumentId } = random.pick(selling && held.length > 0 ? held : facts);
    const stated = random.chance(0.2) ? { expectedReturn: (selling ? -1 : 1) * random.between(0.002, 0.03) } : {};
    return {
      signalId: `s${String(s).padStart(5, '0')}`,
      source: random.pick(SOURCES),
      instrumentId,
      action: random.chance(0.05) ? 'HOLD' : selling ? 'SELL' : 'BUY',
      strength: random.between(0.2, 1),
      confidence: random.between(0.3, 0.95),
      generatedAt: AS_OF - random.integer(3 * DAY_MS),
      horizonDays: random.pick(HORIZONS),
      ...stated,
    };
  });
  return book.blemishes === true ? blemished(signals) : signals;
}

/** One repeated, one from the future, one long expired, one on an instrument that nobody knows, one nobody believes. */
function blemished(signals: readonly Signal[]): Signal[] {
  const changes: readonly Partial<Signal>[] = [
    { signalId: signals[0]!.signalId },
    { generatedAt: AS_OF + 60_000 },
    { generatedAt: AS_OF - 400 * DAY_MS },
    { instrumentId: 'UNKNOWN' },
    { confidence: 0.001 },
  ];
  return signals.map((signal, s) => ({ ...signal, ...changes[signals.length - 1 - s] }));
}

function drawTargets(
  random: RandomStream,
  { targets = 0 }: GeneratedBook,
  facts: readonly Facts[],
): RebalanceRequest[] {
  if (targets === 0) return [];
  const named = facts.filter((_, i) => i < targets);
  return [
    {
      rebalanceId: 'rebalance',
      targets: named.map(({ instrumentId }) => ({ instrumentId, targetWeight: random.between(0, 0.035) })),
      reason: 'DRIFT',
      priority: 5,
      tolerance: 0.001,
    },
  ];
}
