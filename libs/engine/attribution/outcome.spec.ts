import fc from 'fast-check';
import {
  type DecisionRecord,
  type Forecast,
  measureDecision,
  measureRefusal,
  measureSignal,
  type Outcome,
  outcomeChanged,
} from './outcome.js';
import { Prices } from './prices.js';

const DAY = 86_400_000;
const closeAt = (day: number): number => day * DAY + 21 * 3_600_000;

function pricesOf(columns: Readonly<Record<string, readonly (number | null)[]>>): Prices {
  const instruments = Object.keys(columns);
  const days = Math.max(...instruments.map((name) => columns[name]!.length));
  return new Prices({
    closeAt: Array.from({ length: days }, (_, day) => closeAt(day)),
    instruments,
    closes: Float64Array.from(
      Array.from({ length: days }, (_, day) => instruments.map((name) => columns[name]![day] ?? NaN)).flat(),
    ),
  });
}

const buy: Forecast = { instrumentId: 'A', action: 'BUY', at: closeAt(1) - 1000, horizonDays: 2, expectedReturn: 0.01 };
const measured = (prices: Prices, forecast = buy, benchmark?: string): Outcome => {
  const outcome = measureSignal(prices, forecast, benchmark);
  if (outcome.status !== 'MEASURED') throw new Error(outcome.status);
  return outcome;
};

describe('the outcome of a signal', () => {
  it('runs from the first close at or after it over its horizon', () => {
    const prices = pricesOf({ A: [90, 100, 105, 110, 200] });
    const outcome = measured(prices);
    expect([outcome.entryPrice, outcome.exitPrice]).toEqual([100, 110]);
    expect(outcome.realisedReturn).toBeCloseTo(0.1, 15);
    expect(outcome.alphaError).toBeCloseTo(0.09, 15);
    expect(outcome.hit).toBe(true);
    expect(measured(prices, { ...buy, action: 'SELL' }).hit).toBe(false);
    expect(measured(prices, { ...buy, action: 'HOLD' }).hit).toBeNull();
    // a moment after the close nobody trades at it
    expect(measured(prices, { ...buy, at: closeAt(1) + 1 }).entryPrice).toBe(105);
  });

  it('is judged against the benchmark where there is one', () => {
    const outcome = measured(pricesOf({ A: [90, 100, 100, 104], M: [1, 100, 100, 106] }), buy, 'M');
    expect(outcome.realisedAlpha).toBeCloseTo(-0.02, 15);
    expect(outcome.hit).toBe(false);
  });

  it('is pending until its horizon has passed in the data', () => {
    expect(measureSignal(pricesOf({ A: [90, 100, 105] }), buy)).toEqual({ status: 'PENDING' });
    expect(measureSignal(pricesOf({ A: [90] }), buy)).toEqual({ status: 'PENDING' });
  });

  it('waits for an instrument that is halted, and says by how long', () => {
    expect(measured(pricesOf({ A: [90, null, 100, 101, null, null, 110] }))).toMatchObject({
      entryPrice: 100,
      exitPrice: 110,
      lateDays: 3,
    });
    const halted = { A: [90, 100, 105, null, null], B: [1, 1, 1, 1, 1] };
    expect(measureSignal(pricesOf(halted), buy)).toEqual({ status: 'PENDING' });
  });

  it('says why it can never be measured', () => {
    const gone = { A: [90, 100, 105, ...Array<null>(8).fill(null)], B: Array<number>(11).fill(1) };
    expect(measureSignal(pricesOf(gone), buy)).toEqual({ status: 'UNMEASURABLE', reason: 'NO_EXIT_PRICE' });
    expect(measureSignal(pricesOf(gone), { ...buy, at: closeAt(4) })).toMatchObject({ reason: 'NO_ENTRY_PRICE' });
    expect(measureSignal(pricesOf(gone), { ...buy, instrumentId: 'Z' })).toMatchObject({
      reason: 'UNKNOWN_INSTRUMENT',
    });
  });

  it('never depends on closes beyond its exit', () => {
    const closes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(closes, closes, (path, other) => {
        const future = [...path.slice(0, 4), ...other.slice(4)];
        expect(measured(pricesOf({ A: future }))).toEqual(measured(pricesOf({ A: path })));
      }),
    );
  });

  it('takes no close that is not a positive number', () => {
    expect(measured(pricesOf({ A: [90, 0, -3, 100, 101, Infinity, 110] }))).toMatchObject({
      entryPrice: 100,
      exitPrice: 110,
    });
  });

  it('changes when a close is revised or withdrawn, and not when later days come', () => {
    const first = measured(pricesOf({ A: [90, 100, 105, 110] }));
    const again = (path: (number | null)[]) => measureSignal(pricesOf({ A: path, B: Array<number>(12).fill(1) }), buy);
    expect(outcomeChanged(first, again([90, 100, 105, 110, 7]))).toBe(false);
    expect(outcomeChanged(first, again([90, 100, 105, 111]))).toBe(true);
    expect(outcomeChanged(first, again([90, 100, 105]))).toBe(true);
    expect(outcomeChanged(first, measureSignal(pricesOf({ A: [90, 100, 105] }), buy))).toBe(false);
  });
});

describe('the profit of a decision', () => {
  const decision: DecisionRecord = { ...buy, quantity: 10, price: 200, costs: 15 };

  it('is its money times the adjusted return, less costs: a later split changes nothing', () => {
    const prices = pricesOf({ A: [90, 100, 105, 110] });
    expect(measureDecision(prices, decision)).toMatchObject({ profit: expect.closeTo(185, 9) as number });
    const adjusted = pricesOf({ A: [9, 10, 10.5, 11] });
    expect(measureDecision(adjusted, decision)).toMatchObject({ profit: expect.closeTo(185, 9) as number });
    expect(measureDecision(prices, { ...decision, action: 'SELL' })).toMatchObject({
      profit: expect.closeTo(-215, 9) as number,
    });
  });

  it('of a refused one is what the limit cost, and negative where it saved money', () => {
    const refusal = { ...buy, code: 'RISK_BUDGET', wouldTrade: { quantity: 10, price: 200, costs: 15 } };
    expect(measureRefusal(pricesOf({ A: [90, 100, 105, 110] }), refusal)).toMatchObject({
      code: 'RISK_BUDGET',
      cost: expect.closeTo(185, 9) as number,
    });
    expect(measureRefusal(pricesOf({ A: [90, 100, 105, 90] }), refusal)).toMatchObject({
      cost: expect.closeTo(-215, 9) as number,
    });
    expect(
      measureRefusal(pricesOf({ A: [90, 100, 105, 90] }), {
        ...refusal,
        wouldTrade: { quantity: 0, price: 200, costs: 0 },
      }),
    ).toMatchObject({ cost: 0 });
  });
});
