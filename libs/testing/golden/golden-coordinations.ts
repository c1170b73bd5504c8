import { type CoordinationInput, type Parameters } from '#engine';
import { AS_OF, DAY_MS } from '../coordination-input.js';
import { type GeneratedBook, generatedInput } from '../generated/generated-input.js';

/** A coordination whose answer is kept as a hash. */
export interface GoldenCoordination {
  readonly name: string;
  readonly input: CoordinationInput;
}

const AGGRESSIVE: Partial<Parameters> = {
  mode: 'AGGRESSIVE',
  riskAversion: 4,
  confidenceFloor: 0.02,
  riskBudgetShare: 1,
  maxParticipation: 0.2,
  maxTurnover: 0.5,
  cashBuffer: 0,
};
const CONSERVATIVE: Partial<Parameters> = {
  mode: 'CONSERVATIVE',
  riskAversion: 25,
  confidenceFloor: 0.1,
  riskBudgetShare: 0.75,
  maxParticipation: 0.05,
  maxTurnover: 0.1,
  cashBuffer: 0.03,
};
const TAXED = { shortTermRate: 0.37, longTermRate: 0.2 };

/** One coordination for each way through the engine: modes, limits that bind, break or cannot hold, every kind of input. */
export function goldenCoordinations(): GoldenCoordination[] {
  return [
    { name: 'few instruments', input: generatedInput({ seed: 1, instruments: 10, signals: 12 }) },
    { name: 'balanced', input: generatedInput({ seed: 2, instruments: 80, signals: 60, blemishes: true }) },
    {
      name: 'aggressive',
      input: generatedInput({ seed: 3, instruments: 80, signals: 60, invested: 0.7, parameters: AGGRESSIVE }),
    },
    {
      name: 'conservative',
      input: generatedInput({ seed: 4, instruments: 80, signals: 60, parameters: CONSERVATIVE }),
    },
    {
      name: 'many instruments',
      input: generatedInput({ seed: 5, instruments: 300, signals: 250, invested: 0.8, parameters: AGGRESSIVE }),
    },
    {
      name: 'risk budget binds',
      input: generatedInput({
        seed: 6,
        instruments: 60,
        signals: 80,
        invested: 0.5,
        parameters: { ...AGGRESSIVE, riskBudgetLimit: 0.011 },
      }),
    },
    { name: 'nothing asked', input: generatedInput({ seed: 7, instruments: 30, signals: 0, invested: 0.8 }) },
    { name: 'rebalance alone', input: generatedInput({ seed: 8, instruments: 40, signals: 0, targets: 25 }) },
    {
      name: 'rebalance and signals',
      input: generatedInput({ seed: 9, instruments: 60, signals: 50, targets: 30, taxLots: true }),
    },
    {
      name: 'tax on gains',
      input: generatedInput({
        seed: 10,
        instruments: 60,
        signals: 80,
        taxLots: true,
        parameters: { tax: { ...TAXED, harvest: false } },
      }),
    },
    {
      name: 'losses harvested',
      input: generatedInput({
        seed: 11,
        instruments: 50,
        signals: 60,
        targets: 20,
        taxLots: true,
        parameters: { tax: { ...TAXED, harvest: true }, priorityWeights: { tax: 1.5, value: 0.5 } },
      }),
    },
    {
      name: 'long and short',
      input: generatedInput({
        seed: 12,
        instruments: 70,
        signals: 90,
        invested: 0.6,
        short: 0.3,
        parameters: { ...AGGRESSIVE, allowShort: true, maxGross: 0.8, tradeUniverse: 'ALL' },
      }),
    },
    {
      name: 'restricted and bounded',
      input: generatedInput({
        seed: 13,
        instruments: 40,
        signals: 60,
        parameters: {
          restricted: ['I0001', 'I0002', 'I0003', 'I0020'],
          instrumentBounds: { I0004: { min: 0.01, max: 0.02 }, I0005: { max: 0.005 }, I0006: { min: 0.015 } },
          feeBps: 1.5,
          minTradeNotional: 20_000,
        },
      }),
    },
    {
      name: 'positions too large',
      input: generatedInput({
        seed: 14,
        instruments: 30,
        signals: 25,
        invested: 0.9,
        held: 0.5,
        largestWeight: 0.15,
        parameters: { maxSectorWeight: 0.2 },
      }),
    },
    {
      name: 'limits that cannot hold',
      input: generatedInput({
        seed: 15,
        instruments: 40,
        signals: 30,
        held: 0.6,
        largestWeight: 0.12,
        parameters: { ...CONSERVATIVE, riskBudgetLimit: 0.004, maxTurnover: 0.05, maxSectorWeight: 0.12 },
      }),
    },
    {
      name: 'small account',
      input: generatedInput({ seed: 16, instruments: 30, signals: 40, nav: 12_000, invested: 0.6, held: 0.3 }),
    },
    {
      name: 'board lots',
      input: generatedInput({ seed: 17, instruments: 40, signals: 50, nav: 2_000_000, lotSize: 100, invested: 0.7 }),
    },
    {
      name: 'correlation matrix',
      input: generatedInput({
        seed: 18,
        instruments: 25,
        signals: 30,
        risk: 'CORRELATION',
        parameters: { correlationThreshold: 0.55 },
      }),
    },
    {
      name: 'nothing known of risk',
      input: withOpenOrders(generatedInput({ seed: 19, instruments: 20, signals: 25, risk: 'PRIOR' })),
    },
    { name: 'oldest lots first', input: taxed(21, { ...LOW_TAX, harvest: true, lotMethod: 'FIFO' }) },
    { name: 'highest basis first', input: taxed(22, { ...LOW_TAX, harvest: false, lotMethod: 'HIFO' }) },
    {
      name: 'named lots and losses washed elsewhere',
      input: withTaxFacts(taxed(23, { ...LOW_TAX, harvest: true, lotMethod: 'SPECIFIC' })),
    },
    {
      name: 'budgets of gains',
      input: taxed(24, {
        shortTermRate: 0,
        longTermRate: 0,
        harvest: false,
        gainBudget: { longTerm: 20_000, total: 150_000 },
      }),
    },
    {
      name: 'budgets of gains used up while limits are broken',
      input: withTaxFacts(
        taxed(
          25,
          { ...LOW_TAX, harvest: false, lotMethod: 'FIFO', gainBudget: { shortTerm: 30_000, longTerm: 200_000 } },
          { largestWeight: 0.1, invested: 0.9 },
        ),
      ),
    },
    { name: 'learned sources', input: withLearning(generatedInput({ seed: 20, instruments: 50, signals: 120 })) },
  ];
}

const LOW_TAX = { shortTermRate: 0.02, longTermRate: 0.01 };

function taxed(seed: number, tax: Parameters['tax'], more: Partial<GeneratedBook> = {}): CoordinationInput {
  return generatedInput({
    seed,
    instruments: 60,
    signals: 90,
    invested: 0.9,
    taxLots: true,
    ...more,
    parameters: { ...AGGRESSIVE, tax },
  });
}

/** Every fourth position was or will be bought elsewhere, the first ones name their newer lot, and gains were realised. */
function withTaxFacts(input: CoordinationInput): CoordinationInput {
  const held = input.portfolio.positions;
  return {
    ...input,
    tax: {
      recordedTrades: held
        .filter((_, p) => p % 4 === 0)
        .map(({ instrumentId }, t) => ({
          account: 'other',
          instrumentId,
          quantity: 10,
          tradedAt: AS_OF + (t % 2 === 0 ? -9 : 12) * DAY_MS,
        })),
      realisedToDate: { shortTerm: 40_000, longTerm: -5_000 },
      lotsToSell: held.slice(0, 5).map(({ instrumentId, taxLots = [] }) => ({
        instrumentId,
        lotIds: taxLots.slice(-1).map(({ lotId }) => lotId),
      })),
    },
  };
}

/** One order of an earlier coordination still in the market, and half a year of returns. */
function withOpenOrders(input: CoordinationInput): CoordinationInput {
  const held = input.portfolio.positions.map(({ instrumentId }) => instrumentId);
  const openOrders = [{ instrumentId: held[0]!, quantity: 500 }];
  const days = Array.from({ length: 120 }, (_, d) => new Date(AS_OF - (120 - d) * DAY_MS).toISOString().slice(0, 10));
  const values = days.map((_, d) => held.map((_, i) => (d + i === 7 ? null : (((d * 37 + i * 11) % 41) - 20) / 1000)));
  return {
    ...input,
    portfolio: { ...input.portfolio, openOrders },
    market: { ...input.market, history: { dates: days, instruments: held, values } },
  };
}

function withLearning(input: CoordinationInput): CoordinationInput {
  return {
    ...input,
    learned: {
      id: 'learned',
      reliability: { momentum: 0.7, value: 0.55, news: 0.3 },
      regimeMultiplier: { momentum: { NORMAL: 0.8, STRESSED: 0.5 } },
      errorCorrelation: [
        { a: 'momentum', b: 'revisions', rho: 0.85 },
        { a: 'news', b: 'reversal', rho: -0.1 },
      ],
    },
  };
}
