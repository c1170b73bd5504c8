import {
  daysToLiquidate,
  impactCoefficient,
  marginalVar95,
  type PortfolioRisk,
  riskOf,
  totalCostBps,
  tradeCostBps,
} from '../impact/index.js';
import type { CoordinationInput } from '../input.js';
import type { CostBps, LotToSell } from '../result.js';
import { buildUniverse, type UniverseResult } from '../risk/index.js';
import { lotToSell, type SoldLot, type TaxSchedule, taxSchedules, WashSales } from '../tax/index.js';
import type { RiskView, Universe } from '../universe.js';
import { assessImpact } from './assess-weights.js';
import { limitsAround, type LimitAround } from './limits-around.js';
import type { ImpactAssessment } from './portfolio-assessment.js';
import { type InstrumentRisk, instrumentRisks, type SectorRisk, sectorRisks } from './risk-by-name.js';

/** A trade that somebody thinks of: signed shares. */
interface ProposedTrade {
  readonly instrumentId: string;
  readonly quantity: number;
}

export interface TradesAssessment {
  readonly nav: number;
  /** sum |x| */
  readonly turnover: number;
  readonly impact: ImpactAssessment;
  /** in the order given */
  readonly trades: readonly TradeAssessment[];
  readonly costBps: CostBps;
  readonly limits: readonly LimitAround[];
  readonly instruments: readonly InstrumentRisk[];
  readonly sectors: readonly SectorRisk[];
  readonly riskModel: Pick<RiskView, 'id' | 'source' | 'regime'>;
  readonly warnings: readonly string[];
}

interface TradeAssessment {
  readonly instrumentId: string;
  readonly price: number;
  /** signed, fraction of NAV */
  readonly weight: number;
  /** expected, basis points of NAV */
  readonly costBps: CostBps;
  /** trading days at the participation cap; 0 where the volume is unknown */
  readonly daysToTrade: number;
  /** change of the 95 % VaR for a unit of weight, before trading */
  readonly marginalVar: number;
  /** tax lots that a sale would take */
  readonly lots: readonly LotToSell[];
}

const BASIS_POINT = 1e-4;
/** deviation from a whole number of lots that counts as none, in lots */
const LOT_TOLERANCE = 1e-6;

/**
 * What trades would do to a portfolio, without asking whether they are wise: risk before and after, costs, every limit.
 *
 * @param input its signals and rebalance requests are not looked at
 * @param trades each instrument once
 * @param reference weights that the tracking error is measured against, 0 for what it does not name; default: those before trading
 */
export function assessTrades(
  input: CoordinationInput,
  trades: readonly ProposedTrade[],
  reference?: ReadonlyMap<string, number>,
): TradesAssessment | { readonly invalid: Exclude<UniverseResult, { kind: 'UNIVERSE' }> } {
  const alone = { ...input, signals: [], rebalanceRequests: [] };
  const built = buildUniverse(alone, [...trades.map((trade) => trade.instrumentId), ...(reference?.keys() ?? [])]);
  if (built.kind !== 'UNIVERSE') return { invalid: built };
  const { universe } = built;
  const shares = new Float64Array(universe.n);
  for (const { instrumentId, quantity } of trades) shares[universe.index.get(instrumentId)!]! += quantity;
  const weights = shares.map((quantity, i) => ((universe.quantity[i]! + quantity) * universe.price[i]!) / universe.nav);
  const before = { weights: universe.w0, risk: riskOf(universe.risk, universe.w0) };
  const after = { weights, risk: riskOf(universe.risk, weights) };
  const basis = {
    universe,
    reference: reference === undefined ? universe.w0 : universe.ids.map((id) => reference.get(id) ?? 0),
    participation: input.parameters.maxParticipation,
    history: input.market.history,
  };
  const washSales = new WashSales(input);
  const schedules = taxSchedules(input, universe, washSales, (i) => shares[i]! > 0);
  const reports = trades.map((trade) => tradeAssessment(input, universe, { schedules, washSales }, before.risk, trade));
  return {
    nav: universe.nav,
    turnover: reports.reduce((sum, { weight }) => sum + Math.abs(weight), 0),
    impact: assessImpact(basis, before, after),
    trades: reports,
    costBps: totalCostBps(reports.map(({ costBps }) => costBps)),
    limits: limitsAround(alone, universe, schedules, shares, before.risk, after),
    instruments: instrumentRisks(basis, before, after),
    sectors: sectorRisks(universe, before, after),
    riskModel: { id: universe.risk.id, source: universe.risk.source, regime: universe.risk.regime },
    warnings: [...universe.warnings, ...trades.flatMap((trade) => unusual(input, universe, trade))],
  };
}

function tradeAssessment(
  { parameters }: CoordinationInput,
  universe: Universe,
  { schedules, washSales }: { readonly schedules: readonly TaxSchedule[]; readonly washSales: WashSales },
  before: PortfolioRisk,
  { instrumentId, quantity }: ProposedTrade,
): TradeAssessment {
  const i = universe.index.get(instrumentId)!;
  const [price, adv, sigma] = [universe.price[i]!, universe.adv[i]!, universe.sigma[i]!];
  const weight = (quantity * price) / universe.nav;
  const schedule = schedules[i]!;
  const isWashed = washSales.purchaseOf(instrumentId) !== undefined;
  const soldLots = (sold: readonly SoldLot[]) => sold.map((lot) => lotToSell(lot, price, isWashed));
  const tax = quantity < 0 ? (schedule.tax(-quantity) * price) / universe.nav : 0;
  const rates = {
    halfSpread: universe.halfSpread[i]!,
    fee: parameters.feeBps * BASIS_POINT,
    impact: impactCoefficient(sigma, universe.nav, price, adv),
  };
  return {
    instrumentId,
    price,
    weight,
    costBps: tradeCostBps(rates, weight, tax),
    daysToTrade: daysToLiquidate(quantity, adv, parameters.maxParticipation),
    marginalVar: marginalVar95(before, i),
    lots: quantity < 0 ? soldLots(schedule.sold(-quantity)) : [],
  };
}

/** What an order desk would not take as it stands, though its impact can be told. */
function unusual(
  { parameters }: CoordinationInput,
  universe: Universe,
  { instrumentId, quantity }: ProposedTrade,
): string[] {
  const i = universe.index.get(instrumentId)!;
  const [lot, notional] = [universe.lotSize[i]!, Math.abs(quantity) * universe.price[i]!];
  const lots = Math.abs(quantity) / lot;
  const closes = quantity === -universe.quantity[i]!;
  const warnings: string[] = [];
  if (!closes && Math.abs(lots - Math.round(lots)) > LOT_TOLERANCE) {
    warnings.push(`${Math.abs(quantity)} of ${instrumentId} is no whole number of lots of ${lot}.`);
  }
  if (notional < parameters.minTradeNotional) {
    warnings.push(
      `The trade of ${instrumentId} is worth ${notional}, less than the minimum of ${parameters.minTradeNotional}.`,
    );
  }
  return warnings;
}
